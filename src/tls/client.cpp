// SPDX-License-Identifier: MIT
#include <fairlead/ip_address.hpp>
#include <fairlead/tls.hpp>

#include "tls/certificate.hpp"
#include "tls/engine.hpp"
#include "tls/identity.hpp"
#include "tls/sessions.hpp"

namespace fairlead {

namespace {

using namespace detail;

struct client_context final : tls_context {
  explicit client_context(std::size_t most) noexcept : sessions(most) {}
  session_cache sessions;
  tls_shared_ptr identity;
};

client_context& context_of(const SSL* ssl) noexcept {
  return static_cast<client_context&>(tls_context::of(ssl));
}

int keep_session(SSL* ssl, SSL_SESSION* session) noexcept {
  context_of(ssl).sessions.keep(tls_engine_state::of(ssl).name, session_ptr(session));
  return 1;  // it is ours now
}

// Called when the server asks who we are.
int show_identity(SSL* ssl, void* /*unused*/) noexcept {
  tls_engine_state::of(ssl).wanted_certificate = true;
  return 1;
}

result<void> apply(client_context& c, const tls_client_options& o) {
  if (result<void> r = c.set_up(false, o); !r) return r;
  SSL_CTX* const ssl = c.ssl.get();
  bool roots = false;
  if (result<void> r = c.read_roots(o, roots); !r) return r;
  c.trust.pins = o.pins;
  c.trust.checks_chain = !o.dangerously_trust_anyone && (roots || o.pins.empty());
  if (!roots && c.trust.checks_chain) SSL_CTX_set_default_verify_paths(ssl);
  SSL_CTX_set_verify(ssl, c.trust.verifies() ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const result<std::string> alpn = alpn_on_the_wire(o.alpn);
  if (!alpn) return std::unexpected(alpn.error());
  if (!alpn->empty()) {
    SSL_CTX_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(alpn->data()),
                            static_cast<unsigned>(alpn->size()));
  }
  SSL_CTX_set_cert_cb(ssl, &show_identity, nullptr);
  if (o.identity) {
    c.identity = o.identity->shared();
    const identity_data& data = identity_data::of(*o.identity);
    if (SSL_CTX_use_cert_and_key(ssl, data.certificate.get(), data.key.get(), data.others.get(), 1) != 1) {
      return std::unexpected(error::about(errc::invalid_argument, verb::set_option, "identity",
                                          "OpenSSL refuses the certificate: " + openssl_says()));
    }
  }
  SSL_CTX_set_session_cache_mode(
      ssl, o.cached_sessions == 0 ? SSL_SESS_CACHE_OFF : SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ssl, &keep_session);
  ERR_clear_error();
  return {};
}

// Without brackets and scope, without the dot of the root, in small letters.
std::string canonical(std::string_view name) {
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
  if (name.find(':') != std::string_view::npos) name = name.substr(0, name.find('%'));
  if (name.size() > 1 && name.back() == '.') name.remove_suffix(1);
  std::string small(name);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return small;
}

// A dot at the beginning would make OpenSSL believe certificates for any name below.
bool may_be_a_host(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  if (name.front() == '.' || name.back() == '.' || name.find("..") != std::string_view::npos) return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f || c == '/' ||
        c == ':')
      return false;
  }
  return true;
}

std::unexpected<error> bad_name(const std::string& name, const char* why) {
  return std::unexpected(
      error::about(fault::bad_syntax, verb::connect, "tls://" + printable(name, 128), why));
}

}  // namespace

result<tls_client> tls_client::create(tls_client_options options) {
  auto* const context = new client_context(options.cached_sessions);
  tls_shared_ptr shared(context);
  if (result<void> r = apply(*context, options); !r) return std::unexpected(std::move(r.error()));
  return tls_client(std::move(shared));
}

result<tls_engine> detail::make_client_engine(const tls_shared_ptr& from, const std::string& server_name) {
  auto& context = static_cast<client_context&>(*from.get());
  const std::string name = canonical(server_name);
  const result<ip_address> address = ip_address::parse(name);
  if (name.empty() && context.trust.checks_chain) {
    return bad_name(name, "there is no server name that the certificate could be for");
  }
  if (!name.empty() && !address && !may_be_a_host(name)) {
    return bad_name(name, "neither a host's name nor an IP address (names beyond ASCII are written xn--…)");
  }
  auto state = tls_engine_state::create(from);
  if (!state) return failure(errc::not_enough_memory, verb::connect);
  SSL* const ssl = state->ssl.get();
  state->name = name;
  SSL_set_connect_state(ssl);
  if (context.trust.checks_chain) {
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl);
    // Names stand in the subjectAltName and nowhere else (RFC 9525), and a * for a whole label.
    X509_VERIFY_PARAM_set_hostflags(
        wanted, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int taken = address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str())
                              : X509_VERIFY_PARAM_set1_host(wanted, name.data(), name.size());
    if (taken != 1) return bad_name(name, "OpenSSL cannot verify this name");
  }
  if (!address && !name.empty()) SSL_set_tlsext_host_name(ssl, name.c_str());
  if (const session_ptr session = context.sessions.take(name)) SSL_set_session(ssl, session.get());
  ERR_clear_error();
  return tls_engine(state.release());
}

}  // namespace fairlead
