// SPDX-License-Identifier: MIT
// Names to addresses and back, by DNS (RFC 1034, 1035), without threads: every look-up is a task like any
// other, so it can be awaited, waited for without a loop, bounded by a deadline, and stopped at once.
//   auto found = co_await or_return(resolver().addresses("example.org").within(2s));
//   for (const ip_address& a : found.records) …
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/clock.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

/// How names are looked up. What is left empty comes from the system's files; an empty path means that there
/// is no such file.
struct resolver_options {
  /// Whom to ask, in order. Empty: the name servers of resolv.conf(5), and without any 127.0.0.1.
  std::vector<ip_endpoint> servers{};
  /// Domains to look for a name in that has fewer dots than `ndots`, or was not found as it is. A name with a
  /// final dot is looked for nowhere else.
  std::vector<std::string> search{};
  std::optional<unsigned> ndots{};    ///< 1 unless the system says otherwise
  std::optional<duration> timeout{};  ///< of one question to one server: 5 s unless the system says otherwise
  std::optional<unsigned> tries{};    ///< rounds through all the servers: 2 unless the system says otherwise
  std::optional<bool> rotate{};       ///< begin with another server each time
  std::string hosts_file = "/etc/hosts";         ///< hosts(5); read anew when it changes
  std::string resolv_conf = "/etc/resolv.conf";  ///< read anew when it changes; the cache is then emptied
  /// Answers that are kept, of which the least recently used one leaves first; 0: none.
  std::size_t cache_entries = 1024;
  duration longest_kept = std::chrono::hours(24);          ///< whatever time to live a server gives
  duration longest_kept_negative = std::chrono::hours(1);  ///< of "no such name" (RFC 2308, section 5)
};

/// Who knew it.
enum class answer_source : std::uint8_t {
  literal,     ///< the name was an address in figures
  localhost,   ///< this machine, whatever anybody says (RFC 6761, section 6.3)
  hosts_file,  ///< hosts(5)
  cache,       ///< a server, some time ago
  server,      ///< a server, now
};

/// "literal", "localhost", "hosts file", "cache", "server".
[[nodiscard]] FAIRLEAD_API std::string_view to_string(answer_source s) noexcept;

template <class T>
struct answer {
  std::vector<T> records{};  ///< never empty
  answer_source source = answer_source::literal;
  std::optional<ip_endpoint> server{};      ///< that said it, now or then
  duration time_to_live = duration::max();  ///< what is left of it; no end where nobody gave one
  std::string canonical_name{};             ///< the name that has the records, behind all aliases
};

/// Where a service is (SRV, RFC 2782).
struct service_record {
  std::string target;  ///< a host name
  fairlead::port port;
  std::uint16_t priority = 0;  ///< lower ones come first
  std::uint16_t weight = 0;    ///< share among those of one priority
  friend bool operator==(const service_record&, const service_record&) = default;
};

/// Who takes mail for a domain (MX, RFC 5321, section 5).
struct mail_exchanger {
  std::string host;
  std::uint16_t preference = 0;  ///< lower ones come first
  friend bool operator==(const mail_exchanger&, const mail_exchanger&) = default;
};

namespace detail {
struct resolver_state;
}  // namespace detail

/// Looks names up. A handle: copies share one cache; it may be used from any thread and any loop, and a
/// look-up keeps what it needs alive.
///
/// Errors: fault::bad_syntax for what cannot be a name, which is never sent; fault::unknown_name where
/// somebody who must know says that there is no such name, or no such record of it; fault::no_answer where no
/// server did say; errc::timed_out and errc::operation_canceled only for the caller's own deadline and stop.
/// The sentence says whom we asked and what became of it.
class FAIRLEAD_API resolver {
 public:
  /// The one of this process, configured as the system is.
  resolver();
  /// errc::invalid_argument for options that make no sense, in words.
  [[nodiscard]] static result<resolver> create(resolver_options options);

  resolver(const resolver& other) noexcept;
  resolver(resolver&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  resolver& operator=(resolver other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~resolver();

  /// Of a host (A, AAAA). Both families are asked for at once and come in the order of RFC 6724, section 6;
  /// an answer for one of them is an answer, whatever became of the other. A name in the hosts file has the
  /// addresses there and no others. The empty host is this machine.
  [[nodiscard]] task<result<answer<ip_address>>> addresses(std::string host,
                                                           family wanted = family::unspecified) const;
  /// Of an address (PTR); what a name server says here need not be true.
  [[nodiscard]] task<result<answer<std::string>>> names(ip_address of) const;
  /// Of "_service._protocol.domain" (SRV), in the order in which to try them: by priority, and at random by
  /// weight.
  [[nodiscard]] task<result<answer<service_record>>> services(std::string name) const;
  /// TXT: the pieces of each record put together; bytes of any value.
  [[nodiscard]] task<result<answer<std::string>>> texts(std::string name) const;
  /// MX, by preference; of equal ones in random order.
  [[nodiscard]] task<result<answer<mail_exchanger>>> mail_exchangers(std::string name) const;

  /// Forgets all answers.
  void clear_cache() const;

 private:
  explicit resolver(detail::resolver_state* s) noexcept : state_(s) {}
  detail::resolver_state* state_;
};

/// In the order in which to try them (RFC 6724, section 6), as far as routes and source addresses of this
/// machine are known now; connects a UDP socket to each, which sends nothing. Equal ones stay in their order.
[[nodiscard]] FAIRLEAD_API std::vector<ip_address> order_addresses(std::vector<ip_address> destinations);

/// The endpoints of a host in the order in which they should be tried; never an empty list. By resolver(). An
/// address in figures (without brackets) is itself; localhost and every name below it are [::1] and
/// 127.0.0.1, whatever any server says (RFC 6761, section 6.3), and so is the empty host, which means this
/// machine. `wanted` leaves out the addresses of the other family.
[[nodiscard]] FAIRLEAD_API task<result<std::vector<ip_endpoint>>> resolve(
    std::string host, port p, family wanted = family::unspecified);

namespace detail {
[[nodiscard]] FAIRLEAD_API task<result<std::vector<ip_endpoint>>> resolve_service(std::string host,
                                                                                  std::string service,
                                                                                  family wanted);
}  // namespace detail

/// The same with a port in words, "https" or "443": see port::parse().
template <class Service>
  requires std::convertible_to<const Service&, std::string_view>
[[nodiscard]] task<result<std::vector<ip_endpoint>>> resolve(std::string host, const Service& service,
                                                             family wanted = family::unspecified) {
  return detail::resolve_service(std::move(host), std::string(std::string_view(service)), wanted);
}

}  // namespace fairlead
