// SPDX-License-Identifier: MIT
// Who may come in and how fast: the real listeners, with other people's clients from several addresses of the
// loopback, and of several users where the tests run as root.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class Access : public guarded<> {
 protected:
  void SetUp() override { FAIRLEAD_NEEDS("python3"); }

  // What a client has to say about it: what it prints.
  static std::string python(const std::string& script, const std::vector<std::string>& arguments) {
    std::string line = "exec python3 -";
    for (const std::string& a : arguments) line += " '" + a + "'";
    const std::string head = R"(
import os, socket, sys, time
port = sys.argv[1]
def at(source, text=b'hello', family=socket.AF_INET, to='127.0.0.1'):
    s = socket.socket(family)
    s.settimeout(20)
    s.bind((source, 0))
    try:
        s.connect((to, int(port)))
        s.sendall(text)
        got = s.recv(100)
    except ConnectionError:
        return s, 'reset'
    return s, got.decode() if got else 'end'
def says(source, **more):
    s, got = at(source, **more)
    s.close()
    return got
def local(name, uid=None, gid=None, groups=[]):
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        if gid is not None: os.setgroups(groups); os.setgid(gid)
        if uid is not None: os.setuid(uid)
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20)
        try:
            s.connect(chr(0) + name)
            s.sendall(b'hello')
            got = s.recv(100).decode()
        except ConnectionError:
            got = 'refused'
        print(got or 'refused', flush=True)
        os._exit(0)
    os.waitpid(child, 0)
)";
    const child_outcome o = run_program({"/bin/sh", "-c", line}, {.input = head + script, .environment = {}});
    EXPECT_EQ(o.status, 0) << o.errors;
    return o.output;
  }
  static std::string after_interrupt(listener& l) {
    l.signal(SIGINT);
    EXPECT_EQ(l.status(), 128 + SIGINT) << l.errors();
    const std::vector<std::string> lines = lines_of(l.errors());
    return lines.empty() ? std::string() : lines.back();
  }
  // Each time another one: the kernel takes a moment to give the name of a process that is gone free.
  static std::string abstract_name() {
    static int count = 0;
    return "fairlead-access-" + std::to_string(::getpid()) + '-' + std::to_string(++count);
  }
};

TEST_F(Access, IsForWhomAllowNamesButNotForWhomDenyNames) {
  listener l("tcp://127.0.0.1:0",
             {"--echo", "--allow", "127.0.0.0/30", "--allow", "127.0.1.1", "--deny", "127.0.0.2"});
  EXPECT_EQ(
      python("for s in ('127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.1.1'): print(says(s))",
             {l.port()}),
      "hello\nreset\nhello\nreset\nhello\n");
  EXPECT_EQ(after_interrupt(l), "2 refused: 1 by --deny, 1 whom no --allow is for");
}

TEST_F(Access, IsRefusedByNcAsByAnybody) {
  FAIRLEAD_NEEDS("nc");
  listener l("tcp://127.0.0.1:0", {"--echo", "--deny", "127.0.0.2", "--quiet", "--verbose"});
  const auto nc = [&](const std::string& source) {
    return run_program({"/bin/sh", "-c", "exec nc -N -s " + source + " 127.0.0.1 " + l.port()},
                       {.input = "hello\n", .environment = {}});
  };
  EXPECT_EQ(nc("127.0.0.2").output, "");
  EXPECT_EQ(nc("127.0.0.1").output, "hello\n");
  EXPECT_TRUE(l.complains(": refused, --deny 127.0.0.2\n"));
  l.signal(SIGINT);
  EXPECT_EQ(l.status(), 128 + SIGINT);
  EXPECT_EQ(l.errors().find("1 refused"), std::string::npos) << "--quiet: " << l.errors();
}

TEST_F(Access, SeesIpv4ClientsOfADualStackSocketAsTheyAre) {
  listener l("tcp://[::]:0", {"--echo", "--allow", "127.0.0.0/8"});
  if (l.address().empty()) GTEST_SKIP() << "no IPv6 on this machine";
  EXPECT_EQ(python("print(says('127.0.0.1'), says('::1', family=socket.AF_INET6, to='::1'))", {l.port()}),
            "hello reset\n");
}

TEST_F(Access, DropsDatagramsOfThoseWhoMayNot) {
  const std::string script = R"(
def socket_at(source):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((source, 0))
    s.connect(('127.0.0.1', int(port)))
    s.settimeout(20)
    return s
bad, good = socket_at('127.0.0.2'), socket_at('127.0.0.1')
for i in range(3):
    bad.send(b'let me in')
    good.send(b'hello')
    print(good.recv(100).decode())
bad.settimeout(0)
try: print(bad.recv(100))
except BlockingIOError: print('nothing')
)";
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{"--echo"}, {"--exec", "cat"}, {"--echo", "--max-per-address", "5"}}) {
    std::vector<std::string> words = how;
    words.insert(words.end(), {"--deny", "127.0.0.2"});
    listener l("udp://127.0.0.1:0", words);
    EXPECT_EQ(python(script, {l.port()}), "hello\nhello\nhello\nnothing\n") << how.front();
    EXPECT_EQ(after_interrupt(l), "3 refused: 3 by --deny") << how.front();
  }
}

TEST_F(Access, LetsTheOneClientBeTheFirstWhoMay) {
  listener l("tcp://127.0.0.1:0", {"--deny", "127.0.0.2"});
  EXPECT_EQ(python("print(says('127.0.0.2'))", {l.port()}), "reset\n");
  running client(fairlead_command({"connect", l.address()}));
  EXPECT_TRUE(client.write("it is me"));
  client.close_input();
  l.close_input();
  EXPECT_EQ(client.status(), 0) << client.errors();
  EXPECT_EQ(l.status(), 0);
  EXPECT_EQ(l.output(), "it is me");
  EXPECT_EQ(lines_of(l.errors()).back(), "1 refused: 1 by --deny");
}

TEST_F(Access, HearsTheOnePartyOfDatagramsThatMay) {
  listener l("udp://127.0.0.1:0", {"--allow", "127.0.0.3"});
  EXPECT_EQ(python(R"(
for source in ('127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3'):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((source, 0))
    s.sendto(source[-1].encode(), ('127.0.0.1', int(port)))
)",
                   {l.port()}),
            "");
  EXPECT_TRUE(l.gives(2));
  l.signal(SIGINT);
  (void)l.status();
  EXPECT_EQ(l.output(), "33");
}

TEST_F(Access, IsDecidedBeforeTls) {
  listener l("tls://127.0.0.1:0", {"--echo", "--deny", "127.0.0.2"});
  EXPECT_EQ(python("print(says('127.0.0.2'))", {l.port()}), "reset\n") << "and no alert";
  const child_outcome o =
      fairlead_tool({"connect", "--pin", l.pin(), l.address()}, {.input = "hello\n", .environment = {}});
  EXPECT_EQ(o.output, "hello\n") << o.errors;
}

TEST_F(Access, BehindAProxyIsDecidedBeforeTlsToo) {
  listener l("tls://127.0.0.1:0",
             {"--proxy-protocol", "--proxy-from", "127.0.0.1", "--echo", "--deny", "192.0.2.7"});
  // It is refused before it has said a word of TLS.
  EXPECT_EQ(python(R"(
print(says('127.0.0.1', text=b'PROXY TCP4 192.0.2.7 192.0.2.1 1000 443\r\n'))
print(says('127.0.0.2', text=b'PROXY TCP4 192.0.2.8 192.0.2.1 1000 443\r\n'))
)",
                   {l.port()}),
            "reset\nreset\n");
  const child_outcome o = fairlead_tool({"connect", "--proxy-protocol", "--pin", l.pin(), l.address()},
                                        {.input = "hello\n", .environment = {}});
  EXPECT_EQ(o.output, "hello\n") << o.errors << l.errors();
  EXPECT_EQ(after_interrupt(l), "2 refused: 1 by --deny, 1 who are no proxy of --proxy-from");
}

// ── Users and groups ─────────────────────────────────────────────────────────────────────────────────────

TEST_F(Access, OverUnixSocketsIsForUsersAndGroups) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  const std::string script = R"(
local(port)
local(port, uid=65534, gid=65534)
local(port, uid=65534, gid=65534, groups=[7])
local(port, uid=65534, gid=7)
local(port, uid=1, gid=65534)
)";
  const auto heard = [&](std::vector<std::string> rules) {
    const std::string name = abstract_name();
    rules.insert(rules.begin(), "--echo");
    listener l("unix:@" + name, rules);
    EXPECT_NE(l.address(), "") << l.errors();
    std::string answers = python(script, {name});
    for (char& c : answers) c = c == '\n' ? ' ' : c;
    return answers;
  };
  EXPECT_EQ(heard({"--allow", "user:root"}), "hello refused refused refused refused ");
  EXPECT_EQ(heard({"--deny", "user:root"}), "refused hello hello hello hello ");
  EXPECT_EQ(heard({"--allow", "uid:65534"}), "refused hello hello hello refused ");
  EXPECT_EQ(heard({"--allow", "gid:7"}), "refused refused hello hello refused ");
  EXPECT_EQ(heard({"--deny", "gid:7", "--allow", "uid:65534", "--allow", "uid:1"}),
            "refused hello refused refused hello ");
}

TEST_F(Access, OfOneUserIsOneAddress) {
  const std::string name = abstract_name();
  listener l("unix:@" + name, {"--echo", "--max-per-address", "1"});
  EXPECT_EQ(python(R"(
def connected():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(chr(0) + port)
    return s
first = connected()
first.send(b'x'); print(first.recv(10).decode())
second = connected()
try: print(second.recv(10) or 'end')
except ConnectionError: print('end')
)",
                   {name}),
            "x\nend\n");
}

// ── How many ─────────────────────────────────────────────────────────────────────────────────────────────

TEST_F(Access, IsForSoManyOfEachAddress) {
  listener l("tcp://127.0.0.1:0", {"--echo", "--max-per-address", "2"});
  EXPECT_EQ(python(R"(
one, a = at('127.0.0.2')
two, b = at('127.0.0.2')
three, c = at('127.0.0.2')
other, d = at('127.0.0.3')
print(a, b, c, d)
one.close()
until = time.time() + 20
while says('127.0.0.2') != 'hello' and time.time() < until: pass
print('again' if time.time() < until else 'never')
)",
                   {l.port()}),
            "hello hello reset hello\nagain\n");
  EXPECT_NE(after_interrupt(l).find(" by --max-per-address"), std::string::npos) << l.errors();
}

TEST_F(Access, FreesThePlacesOfDatagramsWhenTheyFallSilent) {
  listener l("udp://127.0.0.1:0", {"--echo", "--max-per-address", "1", "--idle", "100ms"});
  EXPECT_EQ(python(R"(
def fresh():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(('127.0.0.1', int(port)))
    return s
first = fresh()
first.settimeout(20)
first.send(b'first'); print(first.recv(10).decode())
second = fresh()
second.settimeout(0.05)
until = time.time() + 20
while time.time() < until:
    second.send(b'second')
    try: print(second.recv(10).decode()); break
    except TimeoutError: pass
)",
                   {l.port()}),
            "first\nsecond\n");
}

// Each address has an accept() of its own under way.
TEST_F(Access, OthersWaitAtTheOtherAddressToo) {
  listener l("localhost:0", {"--echo", "--max-clients", "1", "--verbose"});
  running first(fairlead_command({"connect", l.address()}));
  first.write("a");
  ASSERT_TRUE(first.gives(1)) << first.errors();
  ASSERT_TRUE(l.complains(": accepted")) << l.errors();  // it has said all its addresses before
  const std::string other = (l.address().contains("[::1]") ? "tcp://127.0.0.1:" : "tcp://[::1]:") + l.port();
  if (!l.errors().contains("listening " + other)) GTEST_SKIP() << "localhost has one address here";
  running second(fairlead_command({"connect", other}));
  second.write("b");
  second.close_input();
  first.close_input();
  EXPECT_EQ(first.status(), 0) << first.errors();
  EXPECT_EQ(second.status(), 0) << second.errors();
  EXPECT_EQ(second.output(), "b");
  EXPECT_FALSE(l.errors().contains("refused")) << l.errors();
}

TEST_F(Access, CountsDatagramsForWhomThereIsNoPlace) {
  listener l("udp://127.0.0.1:0", {"--exec", "cat", "--max-clients", "1"});
  EXPECT_EQ(python(R"(
first, second = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for i in range(2)]
for s in (first, second, first):
    s.settimeout(20)
    s.sendto(b'x', ('127.0.0.1', int(port)))
    if s is first: print(s.recv(10).decode())
)",
                   {l.port()}),
            "x\nx\n");
  EXPECT_EQ(after_interrupt(l), "1 refused: 1 for whom --max-clients left no place");
}

// ── How fast ─────────────────────────────────────────────────────────────────────────────────────────────

double seconds_since(clock::time_point t) { return std::chrono::duration<double>(clock::now() - t).count(); }

TEST_F(Access, KeepsEachClientToItsRate) {
  listener l("tcp://127.0.0.1:0", {"--exec", "wc -c", "--rate", "500k"});
  const auto begin = clock::now();
  const child_outcome o =
      fairlead_tool({"connect", l.address()}, {.input = random_bytes(512'000, 1), .environment = {}});
  // A tenth of a second's worth may pass at once.
  EXPECT_GE(seconds_since(begin), 0.9 - 0.001);
  EXPECT_EQ(o.output, "512000\n") << o.errors;
}

TEST_F(Access, KeepsWhatWeSendToTheRateToo) {
  listener l("tcp://127.0.0.1:0", {"--exec", "head -c 512000 /dev/zero", "--rate", "500k"});
  const auto begin = clock::now();
  const child_outcome o = fairlead_tool({"connect", l.address()});
  EXPECT_GE(seconds_since(begin), 0.9 - 0.001);
  EXPECT_EQ(o.output, std::string(512'000, '\0'));
}

TEST_F(Access, KeepsAllTogetherToTheirRateAndGivesEachItsShare) {
  listener l("tcp://127.0.0.1:0", {"--exec", "head -c 10000000 /dev/zero", "--rate-all", "1m"});
  // Two read for a while; the first of them has been there alone for a moment.
  const std::string got = python(R"(
import select
clients = [socket.create_connection(('127.0.0.1', int(port))) for i in range(2)]
begin = time.monotonic()
for c in clients: c.recv(1)
# What waits for them when both have begun is nobody's share.
for c in clients:
    c.setblocking(False)
    try:
        while c.recv(65536): pass
    except BlockingIOError: pass
counts = [0, 0]
while sum(counts) < 2097152:
    for c in select.select(clients, [], [])[0]: counts[clients.index(c)] += len(c.recv(65536))
took = time.monotonic() - begin
print('fair' if min(counts) > 0.6 * max(counts) else counts)
# Half a second may pass between our connecting and our looking at the clock.
print('slow enough' if sum(counts) < 1048576 * (took + 0.6) else (sum(counts), took))
)",
                                 {l.port()});
  EXPECT_EQ(got, "fair\nslow enough\n");
}

TEST_F(Access, DoesNotTakeWhatItHoldsBackItselfForSilence) {
  // 600 bytes at 1000 a second, of which 100 are the burst: half a second each way.
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{"--echo"}, std::vector<std::string>{"--exec", "cat"}}) {
    std::vector<std::string> words = how;
    words.insert(words.end(), {"--rate", "1000", "--idle", "200ms"});
    listener l("udp://127.0.0.1:0", words);
    EXPECT_EQ(python(R"(
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(20)
begin = time.monotonic()
s.sendto(b'x' * 600, ('127.0.0.1', int(port)))
print(len(s.recv(1000)), time.monotonic() - begin >= 0.999)
)",
                     {l.port()}),
              "600 True\n")
        << how.front() << l.errors();
  }
}

// ── For how long ─────────────────────────────────────────────────────────────────────────────────────────

TEST_F(Access, EndsWellWhenTheTimeIsOver) {
  for (const std::vector<std::string>& how : {std::vector<std::string>{}, {"--echo"}, {"--exec", "cat"}}) {
    for (const char* const at : {"tcp://127.0.0.1:0", "udp://127.0.0.1:0"}) {
      std::vector<std::string> words = how;
      words.insert(words.end(), {"--for", "50ms"});
      listener l(at, words);
      EXPECT_EQ(l.status(), 0) << l.errors();
      EXPECT_EQ(lines_of(l.errors()).size(), 1U) << l.errors();
    }
  }
}

TEST_F(Access, EndsWhateverListensWhenTheTimeIsOver) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"relay", "tcp://127.0.0.1:0", "exec:cat", "--for", "50ms"},
        {"relay", "udp://127.0.0.1:0", "tcp://127.0.0.1:1", "--for", "50ms"},
        {"bench", "--serve", "tcp://127.0.0.1:0", "udp://127.0.0.1:0", "--for", "50ms"},
        {"bench", "--serve", "tcp://127.0.0.1:0", "--loops", "2", "--for", "50ms"}}) {
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 0) << words.front() << ' ' << words[1] << ": " << o.errors;
  }
}

TEST_F(Access, LeavesThoseWhoAreHereWhenTheTimeIsOver) {
  const char* const until_all_are_here = sanitized ? "6s" : "2s";
  for (const std::vector<std::string>& how : {std::vector<std::string>{}, {"--echo"}}) {
    std::vector<std::string> words = how;
    words.insert(words.end(), {"--for", until_all_are_here, "--verbose"});
    listener l("tcp://127.0.0.1:0", words);
    running client(fairlead_command({"connect", l.address()}));
    EXPECT_TRUE(client.write("early\n"));
    if (how.empty()) {
      EXPECT_TRUE(l.says("early\n") && l.write("early\n"));
    }
    EXPECT_TRUE(client.says("early\n"));
    EXPECT_TRUE(l.complains("the time of --for is over"));
    if (!how.empty()) {
      EXPECT_TRUE(l.complains("nobody new comes any more")) << "it closes a moment later";
    }
    EXPECT_EQ(fairlead_tool({"connect", l.address()}).status, 1) << "nobody listens any more";
    EXPECT_TRUE(client.write("late\n"));
    if (how.empty()) {
      EXPECT_TRUE(l.says("late\n") && l.write("late\n"));
    }
    EXPECT_TRUE(client.says("late\n"));
    client.close_input();
    l.close_input();
    EXPECT_EQ(client.status(), 0) << client.errors();
    EXPECT_EQ(l.status(), 0) << l.errors();
  }
}

// ── Behind a proxy ───────────────────────────────────────────────────────────────────────────────────────

TEST_F(Access, IsForWhomThePROXYHeaderNames) {
  listener l("tcp://127.0.0.1:0", {"--echo", "--proxy-protocol", "--allow", "192.0.2.0/24", "--deny",
                                   "192.0.2.9", "--proxy-from", "127.0.0.1"});
  EXPECT_EQ(python(R"(
def named(who, source='127.0.0.1'):
    return says(source, text=b'PROXY TCP4 ' + who + b' 127.0.0.1 4000 5000\r\nhello')
print(named(b'192.0.2.1'), named(b'192.0.2.9'), named(b'127.0.0.1'), named(b'192.0.2.1', source='127.0.0.2'))
)",
                   {l.port()}),
            "hello reset reset reset\n");
  EXPECT_EQ(after_interrupt(l),
            "3 refused: 1 by --deny, 1 whom no --allow is for, 1 who are no proxy of --proxy-from");
}

TEST_F(Access, OfOnceIsForTheFirstWhoComesIn) {
  listener l("tcp://127.0.0.1:0", {"--echo", "--once", "--proxy-protocol", "--deny", "192.0.2.9"});
  EXPECT_EQ(python(R"(
def named(who): return says('127.0.0.1', text=b'PROXY TCP4 ' + who + b' 127.0.0.1 4000 5000\r\nhello')
print(named(b'192.0.2.9'), named(b'192.0.2.9'), named(b'192.0.2.1'))
)",
                   {l.port()}),
            "reset reset hello\n");
  EXPECT_EQ(l.status(), 0) << l.errors();
}

TEST_F(Access, CountsBehindAProxyByWhomItNames) {
  listener l("tcp://127.0.0.1:0", {"--echo", "--proxy-protocol", "--max-per-address", "1"});
  EXPECT_EQ(python(R"(
def named(who): return at('127.0.0.1', text=b'PROXY TCP4 ' + who + b' 127.0.0.1 4000 5000\r\nhello')
one, a = named(b'192.0.2.1')
two, b = named(b'192.0.2.1')
three, c = named(b'192.0.2.2')
print(a, b, c)
)",
                   {l.port()}),
            "hello reset hello\n");
}

// ── Elsewhere ────────────────────────────────────────────────────────────────────────────────────────────

TEST_F(Access, HoldsForRelays) {
  running relay(fairlead_command(
      {"relay", "tcp://127.0.0.1:0", "exec:cat", "--deny", "127.0.0.2", "--max-per-address", "1"}));
  ASSERT_TRUE(relay.complains("\n"));
  const std::string first = lines_of(relay.errors()).front();
  EXPECT_EQ(
      python("one, a = at('127.0.0.1')\nprint(a, says('127.0.0.1'), says('127.0.0.2'), says('127.0.0.3'))",
             {first.substr(first.rfind(':') + 1)}),
      "hello reset reset hello\n")
      << relay.errors();
  relay.signal(SIGINT);
  EXPECT_EQ(relay.status(), 128 + SIGINT);
  EXPECT_EQ(lines_of(relay.errors()).back(), "2 refused: 1 by --deny, 1 by --max-per-address");
}

TEST_F(Access, HoldsForTheServerOfBench) {
  running server(fairlead_command(
      {"bench", "--serve", "tcp://127.0.0.1:0", "udp://127.0.0.1:0", "--deny", "127.0.0.0/8"}));
  ASSERT_TRUE(server.complains_lines(2));
  for (const std::string& line : lines_of(server.errors())) {
    const child_outcome o = fairlead_tool({"bench", line.substr(line.find(' ') + 1), "--time", "100ms",
                                           "--warmup", "10ms", "--timeout", "300ms"});
    EXPECT_NE(o.status, 0) << o.output;
  }
  server.signal(SIGINT);
  EXPECT_EQ(server.status(), 128 + SIGINT);
  EXPECT_NE(server.errors().find(" refused: "), std::string::npos) << server.errors();
}

void expect_usage(const std::vector<std::string>& words, const std::string& sentence) {
  const child_outcome o = fairlead_tool(words);
  EXPECT_EQ(o.status, 2) << sentence;
  EXPECT_EQ(o.errors, "fairlead: " + sentence + "\n");
}

TEST(AccessFlags, SayWhatIsWrongWithThem) {
  expect_usage({"listen", "tcp://:0", "--allow", "10.0.0.0/33"},
               "--allow 10.0.0.0/33: the prefix length must be 0 to 32");
  expect_usage(
      {"listen", "tcp://:0", "--deny", "10.0.0.1/8"},
      "--deny 10.0.0.1/8: the address has bits beyond the prefix; write 10.0.0.0/8 for the network or "
      "10.0.0.1 for this address");
  expect_usage({"listen", "unix:/x", "--allow", "user:no-such-user"},
               "--allow user:no-such-user: this machine knows no such user");
  expect_usage({"listen", "tcp://:0", "--allow", "uid:0"},
               "--allow uid:0: tcp://:0 does not tell users; only unix: and unix-seqpacket: do");
  expect_usage({"relay", "exec:true", "exec:true", "--allow", "uid:0"}, "--allow: nothing listens here");
  expect_usage({"bench", "tcp://127.0.0.1:1", "--deny", "127.0.0.1"}, "--deny: goes with --serve only");
  expect_usage({"bench", "--serve", "tcp://:0", "--loops", "2", "--max-per-address", "2"},
               "--max-per-address and --loops: choose one; each loop counts by itself");
  expect_usage({"listen", "tcp://:0", "--max-per-address", "2"},
               "--max-per-address: there is one client without --echo or --exec");
  expect_usage({"listen", "tcp://:0", "--rate", "0"}, "--rate 0: must be at least 1");
  expect_usage({"listen", "tcp://:0", "--rate", "fast"},
               "--rate fast: 'fast' is not a size; a size is a number of bytes, as in 65536 or 64k");
  expect_usage({"listen", "tcp://:0", "--for", "0s"}, "--for 0s: must be more than nothing");
}

TEST_F(Access, HoldsForReceive) {
  const temp_dir dir;
  const std::string file = dir.write("file", "content");
  std::filesystem::create_directory(dir / "into");
  running r(fairlead_command(
      {"receive", "tcp://127.0.0.1:0", (dir / "into").string(), "--deny", "127.0.0.2", "--rate", "100k"}));
  ASSERT_TRUE(r.complains("listening "));
  const std::string at = r.errors().substr(10, r.errors().find('\n') - 10);
  running stranger({"python3", "-c",
                    "import socket\n"
                    "try:\n"
                    "    s = socket.create_connection(('127.0.0.1', " +
                        at.substr(at.rfind(':') + 1) +
                        "),"
                        " source_address=('127.0.0.2', 0))\n"
                        "    print(s.recv(1))\n"
                        "except ConnectionError: print('reset')\n"});
  EXPECT_TRUE(stranger.says("reset"));
  const child_outcome sent = fairlead_tool({"send", file, at});
  EXPECT_EQ(sent.status, 0) << sent.errors;
  EXPECT_EQ(r.status(), 0) << r.errors();
  EXPECT_NE(r.errors().find("refused"), std::string::npos) << r.errors();
}

}  // namespace
