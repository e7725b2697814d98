// SPDX-License-Identifier: MIT
#include "dial/records.hpp"

// Versions since 1.28 have other functions beside those of 1.18, and warn of these.
#define CARES_NO_DEPRECATED 1
#include <ares.h>
#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "dial/name.hpp"

namespace fairlead::lookup {

namespace {

using parsed = std::expected<record_set, std::string>;

struct free_host {
  void operator()(hostent* h) const noexcept { ::ares_free_hostent(h); }
};
struct free_data {
  void operator()(void* d) const noexcept { ::ares_free_data(d); }
};
template <class T>
using owned = std::unique_ptr<T, free_data>;

// How c-ares calls it is about its own parsing; what matters to a person is whose fault it is.
std::unexpected<std::string> wrong(int status) {
  if (status == ARES_ENOMEM) return std::unexpected<std::string>("there is no memory to read it");
  if (status == ARES_ENODATA)
    return std::unexpected<std::string>("its records are not of the name that was asked for");
  return std::unexpected<std::string>("its records cannot be read");
}

int size_of(bytes_view m) noexcept { return static_cast<int>(m.size()); }

// Kept in lower case: a name is the same whatever its case, and so are answers that we compare.
std::string name_from(const char* text) { return text != nullptr ? normal(text) : std::string(); }

ip_address to_address(const ares_addrttl& a) noexcept {
  ipv4_address::bytes_type b;
  std::memcpy(b.data(), &a.ipaddr, b.size());
  return ipv4_address(b);
}
ip_address to_address(const ares_addr6ttl& a) noexcept {
  ipv6_address::bytes_type b;
  std::memcpy(b.data(), &a.ip6addr, b.size());
  return ipv6_address(b);
}

template <class Entry>
parsed read_addresses(bytes_view m, std::size_t count,
                      int (*parse)(const unsigned char*, int, hostent**, Entry*, int*)) {
  std::vector<Entry> found(count);
  int n = static_cast<int>(count);
  hostent* host = nullptr;
  const int status = parse(m.data(), size_of(m), &host, found.data(), &n);
  const std::unique_ptr<hostent, free_host> owner(host);
  if (status != ARES_SUCCESS) return wrong(status);
  if (n <= 0) return wrong(ARES_ENODATA);
  std::vector<ip_address> all;
  for (const Entry& e : std::span(found).first(static_cast<std::size_t>(n))) {
    if (const ip_address a = to_address(e); std::ranges::find(all, a) == all.end()) all.push_back(a);
  }
  return record_set{std::move(all), name_from(host != nullptr ? host->h_name : nullptr)};
}

parsed read_names(bytes_view m) {
  hostent* host = nullptr;
  const int status = ::ares_parse_ptr_reply(m.data(), size_of(m), nullptr, 0, AF_INET, &host);
  const std::unique_ptr<hostent, free_host> owner(host);
  if (status != ARES_SUCCESS) return wrong(status);
  std::vector<std::string> all;
  for (char** alias = host->h_aliases; alias != nullptr && *alias != nullptr; ++alias)
    all.push_back(name_from(*alias));
  if (all.empty() && host->h_name != nullptr) all.push_back(name_from(host->h_name));
  if (all.empty()) return wrong(ARES_ENODATA);
  return record_set{std::move(all), {}};
}

parsed read_texts(bytes_view m) {
  ares_txt_ext* first = nullptr;
  const int status = ::ares_parse_txt_reply_ext(m.data(), size_of(m), &first);
  const owned<ares_txt_ext> owner(first);
  if (status != ARES_SUCCESS) return wrong(status);
  std::vector<std::string> all;
  for (const ares_txt_ext* t = first; t != nullptr; t = t->next) {
    if (t->record_start != 0 || all.empty()) all.emplace_back();
    all.back().append(reinterpret_cast<const char*>(t->txt), t->length);
  }
  if (all.empty()) return wrong(ARES_ENODATA);
  return record_set{std::move(all), {}};
}

parsed read_services(bytes_view m) {
  ares_srv_reply* first = nullptr;
  const int status = ::ares_parse_srv_reply(m.data(), size_of(m), &first);
  const owned<ares_srv_reply> owner(first);
  if (status != ARES_SUCCESS) return wrong(status);
  std::vector<service_record> all;
  for (const ares_srv_reply* s = first; s != nullptr; s = s->next)
    all.push_back({name_from(s->host), port(s->port), s->priority, s->weight});
  if (all.empty()) return wrong(ARES_ENODATA);
  return record_set{std::move(all), {}};
}

parsed read_exchangers(bytes_view m) {
  ares_mx_reply* first = nullptr;
  const int status = ::ares_parse_mx_reply(m.data(), size_of(m), &first);
  const owned<ares_mx_reply> owner(first);
  if (status != ARES_SUCCESS) return wrong(status);
  std::vector<mail_exchanger> all;
  for (const ares_mx_reply* x = first; x != nullptr; x = x->next)
    all.push_back({name_from(x->host), x->priority});
  if (all.empty()) return wrong(ARES_ENODATA);
  return record_set{std::move(all), {}};
}

}  // namespace

std::vector<unsigned char> make_query(const std::string& name, record_type type, std::uint16_t id,
                                      bool edns) {
  unsigned char* bytes = nullptr;
  int size = 0;
  constexpr int internet = 1;
  const int status = ::ares_create_query(name.c_str(), internet, static_cast<int>(type), id, 1, &bytes, &size,
                                         edns ? static_cast<int>(largest_datagram) : 0);
  std::vector<unsigned char> query;
  if (status == ARES_SUCCESS) query.assign(bytes, bytes + size);
  if (bytes != nullptr) ::ares_free_string(bytes);
  return query;
}

parsed read_records(bytes_view message, record_type type, std::size_t count) {
  switch (type) {
    case record_type::a: return read_addresses<ares_addrttl>(message, count, &::ares_parse_a_reply);
    case record_type::aaaa: return read_addresses<ares_addr6ttl>(message, count, &::ares_parse_aaaa_reply);
    case record_type::ptr: return read_names(message);
    case record_type::txt: return read_texts(message);
    case record_type::srv: return read_services(message);
    case record_type::mx: return read_exchangers(message);
    case record_type::cname:
    case record_type::soa:
    case record_type::dname:
    case record_type::opt: break;
  }
  return wrong(ARES_EBADRESP);
}

}  // namespace fairlead::lookup
