// SPDX-License-Identifier: MIT
// The engine by itself: what a hostile or merely odd peer does to it, byte by byte.
#include <algorithm>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>

#include "support/bytes.hpp"
#include "tls/raw_peer.hpp"
#include "tls/secure.hpp"

namespace fairlead::testing {
namespace {

using engine = detail::tls_engine;
using step = engine::step;

engine client_engine(tls_client_options o = client_options()) {
  return must(detail::make_client_engine(client_with(std::move(o)).shared(), "localhost"));
}
engine server_engine(tls_server_options o = server_options()) {
  return must(detail::make_server_engine(server_with(std::move(o)).shared(), {}));
}

/// A client engine and a raw server, or the other way round, in both versions.
struct set_up {
  bool engine_is_server;
  int version;
};
std::string name_of_set_up(const ::testing::TestParamInfo<set_up>& i) {
  return std::string(i.param.engine_is_server ? "Server" : "Client") +
         (i.param.version == TLS1_3_VERSION ? "InTls13" : "InTls12");
}

class TlsEngine : public guarded<::testing::TestWithParam<set_up>> {
 protected:
  engine ours = GetParam().engine_is_server ? server_engine() : client_engine();
  raw_peer theirs{!GetParam().engine_is_server, GetParam().version};
  [[nodiscard]] bool is_tls1_3() const { return GetParam().version == TLS1_3_VERSION; }
};

INSTANTIATE_TEST_SUITE_P(As, TlsEngine,
                         ::testing::Values(set_up{false, TLS1_2_VERSION}, set_up{false, TLS1_3_VERSION},
                                           set_up{true, TLS1_2_VERSION}, set_up{true, TLS1_3_VERSION}),
                         name_of_set_up);

TEST_P(TlsEngine, ShakesHandsAndReadsHoweverTheBytesArrive) {
  ASSERT_TRUE(shake_by_hand(ours, theirs, 1));
  theirs.send("one");
  theirs.send("two");
  const std::string bytes = theirs.take();
  std::string got;
  for (const char& c : bytes) {
    const auto [s, text] = read_from(ours, std::string_view(&c, 1));
    EXPECT_EQ(s, step::wants_input);
    got += text;
  }
  EXPECT_EQ(got, "onetwo");
  EXPECT_EQ(write_to(ours, "three"), step::done);
  theirs.feed(output_of(ours));
  EXPECT_EQ(theirs.recv(), "three");
}

TEST_P(TlsEngine, NoticesEveryBitThatWasChangedInARecordAndSaysSoForEver) {
  for (std::size_t at = 0; at < 30; ++at) {
    engine e = GetParam().engine_is_server ? server_engine() : client_engine();
    raw_peer peer(!GetParam().engine_is_server, GetParam().version);
    ASSERT_TRUE(shake_by_hand(e, peer));
    peer.send("something");
    std::string bytes = peer.take();
    const std::size_t size = bytes.size();
    if (at >= size) break;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    const auto [s, text] = read_from(e, bytes);
    EXPECT_EQ(text, "") << at;
    if (s == step::wants_input) {
      EXPECT_TRUE(at == 3 || at == 4) << at;  // the length: it waits for more
      continue;
    }
    EXPECT_EQ(s, step::failed) << at;
    const error why = e.why(verb::recv, "192.0.2.1:443");
    EXPECT_EQ(why, errc::protocol_error) << why.message();
    EXPECT_NE(output_of(e), "") << "no alert for byte " << at;
    EXPECT_EQ(read_from(e, peer.take()).first, step::failed);
    EXPECT_EQ(write_to(e, "x"), step::failed);
    EXPECT_EQ(e.finish(), step::failed);
    EXPECT_EQ(e.why(verb::send, "").reason(), why.reason());
  }
}

TEST_P(TlsEngine, RefusesARecordThatCameBefore) {
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  theirs.send("pay 1");
  const std::string bytes = theirs.take();
  EXPECT_EQ(read_from(ours, bytes).second, "pay 1");
  const auto [s, text] = read_from(ours, bytes);
  EXPECT_EQ(s, step::failed);
  EXPECT_EQ(text, "");
  EXPECT_EQ(ours.why(verb::recv, "").reason(), "a record is damaged, or was changed on the way");
}

TEST_P(TlsEngine, GivesOutWhatCameBeforeTheError) {
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  theirs.send("good");
  const std::string bytes = theirs.take();
  const auto [s, text] = read_from(ours, bytes + bytes);
  EXPECT_EQ(text, "good");
  EXPECT_EQ(s, step::failed);
}

TEST_P(TlsEngine, IsCutOffWhereverTheBytesEnd) {
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  theirs.send("something");
  const std::string bytes = theirs.take();
  const std::string half = bytes.substr(0, bytes.size() / 2);
  EXPECT_EQ(read_from(ours, half).first, step::wants_input);
  ours.end_input();
  EXPECT_EQ(read_from(ours, "").first, step::failed);
  EXPECT_EQ(ours.why(verb::recv, ""), fault::truncated);
  EXPECT_EQ(write_to(ours, "still"), step::done) << "the other direction is another matter";
}

TEST_P(TlsEngine, RefusesToNegotiateAnewAndGoesOn) {
  if (is_tls1_3()) return;  // which has no such thing
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  SSL_renegotiate(theirs.ssl());
  (void)theirs.step();
  const auto [s, text] = read_from(ours, theirs.take());
  EXPECT_EQ(s, step::wants_input);
  const std::string answer = output_of(ours);
  EXPECT_NE(answer, "");
  theirs.feed(answer);
  (void)theirs.recv();
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
  EXPECT_EQ(write_to(ours, "anyway"), step::done);
}

TEST_P(TlsEngine, TakesNewKeysAndAnswersWithItsNextBytes) {
  if (!is_tls1_3()) return;
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  for (int i = 0; i < 3; ++i) {
    SSL_key_update(theirs.ssl(), SSL_KEY_UPDATE_REQUESTED);
    theirs.send("after");
    EXPECT_EQ(read_from(ours, theirs.take()).second, "after");
    EXPECT_EQ(write_to(ours, "answer"), step::done);
    theirs.feed(output_of(ours));
    EXPECT_EQ(theirs.recv(), "answer");
  }
}

TEST_P(TlsEngine, DoesNotLetAPeerFillItsMemoryWithQuestions) {
  if (!is_tls1_3()) return;
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  step s = step::wants_input;
  int asked = 0;
  for (; s == step::wants_input && asked < 100'000; ++asked) {
    SSL_key_update(theirs.ssl(), SSL_KEY_UPDATE_REQUESTED);
    if (theirs.step() != 1) break;
    s = read_from(ours, theirs.take()).first;
  }
  EXPECT_EQ(s, step::failed);
  EXPECT_LT(asked, 2'000);
  EXPECT_EQ(ours.why(verb::recv, ""), errc::protocol_error);
  EXPECT_LT(output_of(ours).size(), 40'000U);
}

TEST_P(TlsEngine, HearsAlertsInWords) {
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  // A record that the peer cannot decrypt makes it send one.
  EXPECT_EQ(write_to(ours, "x"), step::done);
  std::string bytes = output_of(ours);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  theirs.feed(bytes);
  (void)theirs.recv();
  EXPECT_EQ(read_from(ours, theirs.take()).first, step::failed);
  const error why = ours.why(verb::recv, "192.0.2.1:443");
  EXPECT_EQ(why, errc::connection_aborted);
  EXPECT_NE(why.message().find("could not decrypt or check what it received"), std::string::npos)
      << why.message();
  EXPECT_TRUE(why.message().starts_with(GetParam().engine_is_server
                                            ? "recv tls://192.0.2.1:443: the client"
                                            : "recv tls://localhost (192.0.2.1:443): the server"))
      << why.message();
}

TEST_P(TlsEngine, HoldsNothingToBeSentWhileItIsIdle) {
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  EXPECT_EQ(ours.output().size, 0U);
  EXPECT_FALSE(ours.has_input());
  EXPECT_FALSE(ours.busy());
}

TEST_P(TlsEngine, PacksSmallPiecesIntoOneRecord) {
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  (void)write_to(ours, "first");
  theirs.feed(output_of(ours));
  EXPECT_EQ(theirs.recv(), "first");
  const std::string bytes = random_bytes(1000, 1);
  std::vector<const_buffer> pieces;
  for (std::size_t i = 0; i < bytes.size(); i += 10) pieces.emplace_back(bytes.data() + i, 10);
  std::size_t taken = 0;
  EXPECT_EQ(ours.write(pieces, 0, taken), step::done);
  EXPECT_EQ(taken, bytes.size());
  const std::string out = output_of(ours);
  EXPECT_LT(out.size(), bytes.size() + 40);
  theirs.feed(out);
  EXPECT_EQ(theirs.recv(), bytes);
}

TEST_P(TlsEngine, WhatAnOutletDoesNotTakeWaitsAndNothingOvertakesIt) {
  ASSERT_TRUE(shake_by_hand(ours, theirs));
  (void)write_to(ours, "first");
  theirs.feed(output_of(ours));
  EXPECT_EQ(theirs.recv(), "first");
  struct {
    std::string taken;
    std::size_t room = 10'000;
  } wire;
  const detail::tls_outlet outlet{[](void* to, const_buffer b) noexcept -> std::size_t {
                                    auto& w = *static_cast<decltype(wire)*>(to);
                                    const const_buffer fits =
                                        b.first(std::min(b.size, std::exchange(w.room, 0)));
                                    w.taken.append(reinterpret_cast<const char*>(fits.data), fits.size);
                                    return fits.size;
                                  },
                                  &wire};
  const std::string bytes = random_bytes(16384, 2);
  const const_buffer piece(bytes);
  std::size_t taken = 0;
  EXPECT_EQ(ours.write({&piece, 1}, 0, taken, outlet), step::done);
  EXPECT_EQ(taken, bytes.size());
  EXPECT_EQ(wire.taken.size(), 10'000U);
  wire.room = 100'000;
  EXPECT_EQ(ours.write({&piece, 1}, 0, taken, outlet), step::done);
  EXPECT_EQ(wire.taken.size(), 10'000U) << "behind what waits";
  wire.taken += output_of(ours);
  EXPECT_EQ(ours.write({&piece, 1}, 0, taken, outlet), step::done);
  EXPECT_EQ(ours.output().size, 0U);
  theirs.feed(wire.taken);
  EXPECT_TRUE(theirs.recv() == bytes + bytes + bytes);
}

// The same on both sides: two engines, without OpenSSL between.
TEST(TlsEngines, SendNothingOfTheirsBeforeTheServerIsVerified) {
  tls_server_options s;
  s.identities = {must(tls_identity::throw_away())};
  s.clients = client_certificates::required;
  s.ca_pem = test_root().certificate;
  tls_client_options c = client_options();
  c.identity = test_leaf().identity();
  c.maximum = tls_version::tls1_2;
  engine client = client_engine(c);
  engine server = server_engine(s);
  EXPECT_EQ(client.handshake(), step::wants_input);
  const std::string hello = output_of(client);
  server.feed(const_buffer(hello));
  EXPECT_EQ(server.handshake(), step::wants_input);
  const std::string answer = output_of(server);
  client.feed(const_buffer(answer));
  EXPECT_EQ(client.handshake(), step::failed);
  EXPECT_EQ(client.why(verb::none, ""), fault::untrusted);
  // An alert, and not a word of who we are: its record has seven bytes.
  EXPECT_EQ(output_of(client).size(), 7U);
}

// A session with a certificate in it takes several small records; between two of them nothing can be sent.
TEST(TlsEngines, HoldASendUpWhileAMessageIsHalfThere) {
  for (const bool farewell : {false, true}) {
    tls_client_options o = client_options();
    o.identity = test_leaf().identity();
    engine ours = client_engine(o);
    raw_peer theirs(true, TLS1_3_VERSION);
    SSL_set_verify(theirs.ssl(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    SSL_set_num_tickets(theirs.ssl(), 0);
    ASSERT_TRUE(shake_by_hand(ours, theirs));
    SSL_set_max_send_fragment(theirs.ssl(), 512);
    ASSERT_EQ(SSL_new_session_ticket(theirs.ssl()), 1);
    ASSERT_EQ(theirs.step(), 1);
    const std::string bytes = theirs.take();
    const auto octet = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    const std::size_t first = 5 + octet(3) * 256U + octet(4);
    ASSERT_LT(first, bytes.size()) << "it fitted into one record";
    EXPECT_EQ(read_from(ours, bytes.substr(0, first)).first, step::wants_input);
    EXPECT_EQ(farewell ? ours.finish() : write_to(ours, "early"), step::wants_input);
    const std::string rest = bytes.substr(first);
    ours.feed(const_buffer(rest));
    EXPECT_EQ(farewell ? ours.finish() : write_to(ours, "late"), step::done);
    theirs.feed(output_of(ours));
    EXPECT_EQ(theirs.recv(), farewell ? "" : "late");
    EXPECT_EQ(SSL_get_shutdown(theirs.ssl()), farewell ? SSL_RECEIVED_SHUTDOWN : 0);
  }
}

// The same over a stream: whoever sends fetches the rest itself, if nobody receives.
TEST(TlsEngines, ThatHoldASendUpFetchWhatTheyNeed) {
  auto ends = must(unix_stream::pair());
  tls_client_options o = client_options();
  o.identity = test_leaf().identity();
  raw_peer theirs(true, TLS1_3_VERSION);
  SSL_set_verify(theirs.ssl(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  SSL_set_num_tickets(theirs.ssl(), 0);
  std::binary_semaphore half_is_there{0};
  std::binary_semaphore rest_may_come{0};
  std::jthread other([&] {
    std::array<char, 16384> piece{};
    const auto receive = [&] {
      theirs.feed({piece.data(), must(ends.second.recv(piece).within(soon).wait())});
    };
    const auto send = [&](std::string_view bytes) { expect_ok(ends.second.send(bytes).wait()); };
    while (theirs.step() != 1) send(theirs.take()), receive();
    SSL_set_max_send_fragment(theirs.ssl(), 512);
    SSL_new_session_ticket(theirs.ssl());
    (void)theirs.step();
    const std::string bytes = theirs.take();
    send(std::string_view(bytes).substr(0, 600));  // one record, and some of the next
    half_is_there.release();
    rest_may_come.acquire();
    send(std::string_view(bytes).substr(600));
    std::string got = theirs.recv();
    while (got.size() < 5) receive(), got += theirs.recv();
    EXPECT_EQ(got, "later");
  });
  auto s = must(client_with(o).connect(std::move(ends.first), "localhost").within(soon).wait());
  half_is_there.acquire();
  std::string none(1, '\0');
  expect_error(s.recv(mutable_buffer(none)).within(std::chrono::milliseconds(20)).wait(), errc::timed_out);
  rest_may_come.release();
  expect_ok(s.send("later").within(soon).wait());
}

}  // namespace
}  // namespace fairlead::testing
