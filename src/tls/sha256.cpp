// SPDX-License-Identifier: MIT
#include <fairlead/sha256.hpp>

#include <new>

#include "tls/openssl.hpp"
#include "tls/text.hpp"

namespace fairlead {

namespace {

using running_digest = std::unique_ptr<EVP_MD_CTX, detail::freed_by<EVP_MD_CTX_free>>;

// Nothing but memory, or the library itself, can be missing.
void need(bool done) {
  if (done) return;
  ERR_clear_error();
  throw std::bad_alloc();
}

EVP_MD_CTX* context_in(void* state) noexcept { return static_cast<EVP_MD_CTX*>(state); }

running_digest copy_of(void* state) {
  running_digest made(EVP_MD_CTX_new());
  need(made && EVP_MD_CTX_copy_ex(made.get(), context_in(state)) == 1);
  return made;
}

}  // namespace

sha256::sha256() {
  running_digest made(EVP_MD_CTX_new());
  need(made && EVP_DigestInit_ex(made.get(), EVP_sha256(), nullptr) == 1);
  state_ = made.release();
}

sha256::sha256(const sha256& other) : state_(copy_of(other.state_).release()) {}

sha256::~sha256() { EVP_MD_CTX_free(context_in(state_)); }

void sha256::add(const_buffer piece) {
  need(EVP_DigestUpdate(context_in(state_), piece.data, piece.size) == 1);
}

sha256::digest_type sha256::digest() const {
  digest_type made;
  unsigned size = 0;
  need(EVP_DigestFinal_ex(copy_of(state_).get(), reinterpret_cast<unsigned char*>(made.data()), &size) == 1);
  return made;
}

sha256::digest_type sha256::of(const_buffer all) {
  sha256 one;
  one.add(all);
  return one.digest();
}

std::string sha256::hex(const digest_type& digest) {
  std::string text;
  for (const std::byte b : digest) detail::append_hex(text, std::to_integer<unsigned char>(b));
  return text;
}

}  // namespace fairlead
