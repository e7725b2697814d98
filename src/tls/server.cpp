// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include <fairlead/tls.hpp>

#include "tls/certificate.hpp"
#include "tls/engine.hpp"
#include "tls/identity.hpp"

namespace fairlead {

namespace {

using namespace detail;

/// A server's certificates, by the names that they are for.
class identity_table {
 public:
  explicit identity_table(std::vector<tls_identity> all) : all_(std::move(all)) {
    for (const tls_identity& i : all_) {
      for (std::string& name : names_of(identity_data::of(i).certificate.get())) {
        std::ranges::transform(name, name.begin(), small);
        by_name_[std::move(name)].push_back(&identity_data::of(i));
      }
    }
  }
  [[nodiscard]] const std::vector<tls_identity>& all() const noexcept { return all_; }

  /// Makes `ssl` show those for this name; of several with one kind of key the first, which is set last.
  [[nodiscard]] bool show(SSL* ssl, std::string name) const {
    std::ranges::transform(name, name.begin(), small);
    auto found = by_name_.find(name);
    if (const std::size_t dot = name.find('.'); found == by_name_.end() && dot != std::string::npos) {
      found = by_name_.find("*" + name.substr(dot));
    }
    if (found == by_name_.end()) return identity_data::of(all_.front()).show(ssl);
    for (auto i = found->second.rbegin(); i != found->second.rend(); ++i) {
      if (!(*i)->show(ssl)) return false;
    }
    return true;
  }

 private:
  static char small(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

  std::vector<tls_identity> all_;
  std::unordered_map<std::string, std::vector<const identity_data*>> by_name_;
};

struct server_context final : tls_context {
  std::mutex lock;
  std::shared_ptr<const identity_table> identities;
  std::string alpn;

  /// An error if one of them cannot be shown to anybody.
  [[nodiscard]] result<void> use(std::vector<tls_identity> all) {
    const ssl_ptr trial(SSL_new(ssl.get()));
    for (const tls_identity& i : all) {
      ERR_clear_error();
      if (trial && identity_data::of(i).show(trial.get())) continue;
      std::string why = "OpenSSL refuses it: " + openssl_says();  // which facts() would make it forget
      return std::unexpected(error::about(errc::invalid_argument, verb::set_option,
                                          "the identity of " + i.facts().subject, std::move(why)));
    }
    if (all.empty()) {
      return std::unexpected(error::about(errc::invalid_argument, verb::set_option, "identities",
                                          "a server needs at least one"));
    }
    auto table = std::make_shared<const identity_table>(std::move(all));
    const std::scoped_lock alone(lock);
    identities = std::move(table);
    return {};
  }
  [[nodiscard]] std::shared_ptr<const identity_table> current() {
    const std::scoped_lock alone(lock);
    return identities;
  }
};

server_context& context_of(const SSL* ssl) noexcept {
  return static_cast<server_context&>(tls_context::of(ssl));
}

int choose_identity(SSL* ssl, void* /*unused*/) noexcept {
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  return context_of(ssl).current()->show(ssl, name != nullptr ? name : "") ? 1 : 0;
}

int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void* /*unused*/) noexcept {
  const std::string& ours = context_of(ssl).alpn;
  unsigned char* found = nullptr;
  const int r = SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(ours.data()),
                                      static_cast<unsigned>(ours.size()), offered, offered_size);
  *chosen = found;
  return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int mode_of(client_certificates c) noexcept {
  if (c == client_certificates::none) return SSL_VERIFY_NONE;
  return c == client_certificates::optional ? SSL_VERIFY_PEER
                                            : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

result<void> apply(server_context& c, tls_server_options& o) {
  if (result<void> r = c.set_up(true, o); !r) return r;
  SSL_CTX* const ssl = c.ssl.get();
  bool roots = false;
  if (result<void> r = c.read_roots(o, roots); !r) return r;
  if (o.clients != client_certificates::none && !roots && o.pins.empty()) {
    return std::unexpected(error::about(errc::invalid_argument, verb::set_option, "clients",
                                        "their certificates are asked for, and neither roots nor pins say "
                                        "which ones are good"));
  }
  c.trust.pins = std::move(o.pins);
  c.trust.checks_chain = roots;
  SSL_CTX_set_verify(ssl, mode_of(o.clients), nullptr);
  result<std::string> alpn = alpn_on_the_wire(o.alpn);
  if (!alpn) return std::unexpected(std::move(alpn.error()));
  c.alpn = std::move(*alpn);
  if (!c.alpn.empty()) SSL_CTX_set_alpn_select_cb(ssl, &choose_protocol, nullptr);
  SSL_CTX_set_cert_cb(ssl, &choose_identity, nullptr);
  SSL_CTX_set_dh_auto(ssl, 1);
  // Sessions live in tickets, under keys that stay for as long as this server does.
  SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(ssl, 0);  // the engine sends them later
  constexpr std::string_view context = "fairlead";
  SSL_CTX_set_session_id_context(ssl, reinterpret_cast<const unsigned char*>(context.data()), context.size());
  return c.use(std::move(o.identities));
}

}  // namespace

result<tls_server> tls_server::create(tls_server_options options) {
  auto* const context = new server_context();
  tls_shared_ptr shared(context);
  if (result<void> r = apply(*context, options); !r) return std::unexpected(std::move(r.error()));
  return tls_server(std::move(shared));
}

result<void> tls_server::reload(std::vector<tls_identity> identities) const {
  return static_cast<server_context&>(*shared_.get()).use(std::move(identities));
}

result<tls_engine> detail::make_server_engine(const tls_shared_ptr& from, const std::string& /*name*/) {
  auto state = tls_engine_state::create(from);
  if (!state) return failure(errc::not_enough_memory, verb::accept);
  SSL_set_accept_state(state->ssl.get());
  return tls_engine(state.release());
}

}  // namespace fairlead
