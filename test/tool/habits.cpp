// SPDX-License-Identifier: MIT
// Lines that are typed as other tools want them: what is suggested is right, and nothing is where it might
// not be.
#include <gtest/gtest.h>

#include "habit.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using words = std::vector<std::string>;

void expect_wrong(const words& typed, const std::string& sentence) {
  const child_outcome o = fairlead_tool(typed);
  EXPECT_EQ(o.status, 2) << sentence;
  EXPECT_EQ(o.output, "");
  EXPECT_EQ(o.errors, "fairlead: " + sentence + "\n");
}

std::string without_command(const words& typed) { return tool::habit(nullptr, typed); }

TEST(Habits, OfNcAreUnderstoodWithoutACommand) {
  EXPECT_EQ(without_command({"localhost", "80"}), "fairlead connect tcp://localhost:80");
  EXPECT_EQ(without_command({"-v", "-w", "3", "localhost", "80"}),
            "fairlead connect --timeout 3s tcp://localhost:80");
  EXPECT_EQ(without_command({"-u", "10.0.0.1", "53"}), "fairlead connect udp://10.0.0.1:53");
  EXPECT_EQ(without_command({"-6", "::1", "53"}), "fairlead connect tcp6://[::1]:53");
  EXPECT_EQ(without_command({"-U", "/run/x"}), "fairlead connect unix:/run/x");
  EXPECT_EQ(without_command({"-l", "8080"}), "fairlead listen tcp://:8080");
  EXPECT_EQ(without_command({"-lk", "8080"}), "fairlead relay tcp://:8080 file:/dev/stdout");
  EXPECT_EQ(without_command({"-lkup", "8080"}), "fairlead relay udp://:8080 file:/dev/stdout");
  EXPECT_EQ(without_command({"-l", "-p", "8080"}), "fairlead listen tcp://:8080");
  EXPECT_EQ(without_command({"--listen", "127.0.0.1", "8080"}), "fairlead listen tcp://127.0.0.1:8080");
  EXPECT_EQ(without_command({"-lU", "/run/x"}), "fairlead listen unix:/run/x");
  EXPECT_EQ(without_command({"-lk", "8080", "-e", "/bin/cat"}),
            "fairlead listen --exec '/bin/cat' tcp://:8080");
  EXPECT_EQ(without_command({"-l", "8080", "--sh-exec", "echo a; date"}),
            "fairlead listen --exec 'echo a; date' tcp://:8080");
  EXPECT_EQ(without_command({"--ssl", "localhost", "443"}), "fairlead connect tls://localhost:443");
  EXPECT_EQ(without_command({"-w3", "-zv", "localhost", "22"}),
            "fairlead probe --timeout 3s tcp://localhost:22");
  EXPECT_EQ(without_command({"-zv", "localhost", "22"}), "fairlead probe tcp://localhost:22");
  EXPECT_EQ(without_command({"-l"}), "fairlead listen ADDR");
  EXPECT_EQ(without_command({"--listen"}), "fairlead listen ADDR");
}

TEST(Habits, OfNcAreUnderstoodWithItsNameBeforeThem) {
  EXPECT_EQ(without_command({"nc", "-l", "80"}), "fairlead listen tcp://:80");
  EXPECT_EQ(without_command({"ncat", "--ssl", "localhost", "443"}), "fairlead connect tls://localhost:443");
  EXPECT_EQ(without_command({"netcat", "-zv", "localhost", "22"}), "fairlead probe tcp://localhost:22");
  EXPECT_EQ(without_command({"nc", "-lk", "80"}), "fairlead relay tcp://:80 file:/dev/stdout");
  for (const words& typed : std::vector<words>{{"nc"}, {"nc", "80"}, {"nc", "-x", "localhost", "80"}})
    EXPECT_EQ(without_command(typed), "") << testing::PrintToString(typed);
  expect_wrong({"nc", "-l", "80"}, "nc: no such command; try: fairlead listen tcp://:80");
  expect_wrong({"-v", "nc", "localhost", "80"},
               "nc: no such command; try: fairlead connect tcp://localhost:80");
}

TEST(Habits, ThatAreNotClearGetNoHint) {
  for (const words& typed : std::vector<words>{{},
                                               {"localhost"},
                                               {"localhost", "http"},
                                               {"localhost", "80", "81"},
                                               {"-z", "localhost", "20-30"},
                                               {"localhost", "0"},
                                               {"localhost", "70000"},
                                               {"-x", "localhost", "80"},
                                               {"--exec", "localhost", "80"},
                                               {"-e", "date", "localhost", "80"},
                                               {"-l", "80", "-e", "echo 'a'"},
                                               {"-l", "80", "-e"},
                                               {"-l", "80", "--lua-exec", "x"},
                                               {"-w", "soon", "localhost", "80"},
                                               {"a b", "80"},
                                               {"80"},
                                               {"-", "-"}}) {
    EXPECT_EQ(without_command(typed), "") << testing::PrintToString(typed);
  }
}

TEST(Habits, OfSocatAreUnderstood) {
  const auto ours = [](const char* theirs) {
    const auto read = tool::from_socat(theirs);
    return read ? (read->listens ? "listens " : "") + read->ours : "";
  };
  EXPECT_EQ(ours("TCP-LISTEN:80,fork,reuseaddr"), "listens tcp://:80");
  EXPECT_EQ(ours("tcp4-l:80"), "listens tcp4://:80");
  EXPECT_EQ(ours("TCP:localhost:80"), "tcp://localhost:80");
  EXPECT_EQ(ours("TCP6:[::1]:80,nodelay"), "tcp6://[::1]:80");
  EXPECT_EQ(ours("UDP4:localhost:53"), "udp://localhost:53");
  EXPECT_EQ(ours("OPENSSL:example.org:443,verify=0"), "tls://example.org:443");
  EXPECT_EQ(ours("UNIX-CONNECT:/run/x"), "unix:/run/x");
  EXPECT_EQ(ours("ABSTRACT-LISTEN:x"), "listens unix:@x");
  EXPECT_EQ(ours("SYSTEM:echo a, b"), "exec:echo a, b");
  EXPECT_EQ(ours("STDIO"), "-");
  // Ours already, a host of that name, or nothing that we have.
  for (const char* const other :
       {"tcp://localhost:80", "tcp:80", "ssl:443", "unix:/run/x", "exec:date", "-", "stdio:80",
        "TCP-LISTEN:http", "SOCKS4A:a:b:80", "localhost:80", "TCP:::80:", ""}) {
    EXPECT_EQ(ours(other), "") << other;
  }
}

TEST(Habits, OfSocatWithoutACommandBecomeTheCommandThatDoesIt) {
  EXPECT_EQ(without_command({"TCP-LISTEN:80,fork", "TCP:localhost:8080"}),
            "fairlead relay tcp://:80 tcp://localhost:8080");
  EXPECT_EQ(without_command({"TCP:localhost:8080", "TCP-LISTEN:80"}),
            "fairlead relay tcp://:80 tcp://localhost:8080");
  EXPECT_EQ(without_command({"TCP:a:1", "TCP:b:2"}), "fairlead relay dial:tcp://a:1 tcp://b:2");
  EXPECT_EQ(without_command({"TCP-LISTEN:1", "TCP-LISTEN:2"}), "fairlead relay tcp://:1 listen:tcp://:2");
  EXPECT_EQ(without_command({"-", "TCP:localhost:80"}), "fairlead connect tcp://localhost:80");
  EXPECT_EQ(without_command({"TCP-LISTEN:80", "STDIO"}), "fairlead listen tcp://:80");
  EXPECT_EQ(without_command({"tcp://localhost:80"}), "fairlead connect tcp://localhost:80");
  EXPECT_EQ(without_command({"localhost:80"}), "fairlead connect localhost:80");
}

TEST(Habits, AreAnsweredByTheToolWithWhatToType) {
  expect_wrong({"localhost", "80"}, "localhost: no such command; try: fairlead connect tcp://localhost:80");
  expect_wrong({"-lk", "8080"}, "8080: no such command; try: fairlead relay tcp://:8080 file:/dev/stdout");
  expect_wrong({"--listen"}, "--listen: no such flag; try: fairlead listen ADDR");
  expect_wrong({"-l"}, "-l: belongs to bench; try: fairlead listen ADDR");
  expect_wrong({"connect", "localhost", "80"},
               "80: a port is part of an address; try: fairlead connect tcp://localhost:80");
  expect_wrong({"connect", "--timeout", "3s", "localhost", "80"},
               "80: a port is part of an address; try: fairlead connect tcp://localhost:80");
  expect_wrong({"connect", "8080"}, "8080: the host is missing; try: fairlead connect localhost:8080");
  expect_wrong({"probe", "22"}, "22: the host is missing; try: fairlead probe localhost:22");
  expect_wrong({"listen", "8080"}, "8080: a port is part of an address; try: fairlead listen tcp://:8080");
  expect_wrong({"probe", "localhost", "22"},
               "22: a port is part of an address; try: fairlead probe tcp://localhost:22");
  expect_wrong({"connect", "-u", "localhost", "53"},
               "-u: no such flag; try: fairlead connect udp://localhost:53");
  expect_wrong({"connect", "-z", "localhost", "22"},
               "-z: no such flag; try: fairlead probe tcp://localhost:22");
  // An address of ours among flags of theirs.
  expect_wrong({"connect", "-w", "3", "localhost:80"},
               "-w: belongs to bench, not to connect; try: fairlead connect --timeout 3s localhost:80");
  expect_wrong({"connect", "-u", "localhost:53"},
               "-u: no such flag; try: fairlead connect udp://localhost:53");
  expect_wrong({"connect", "--ssl", "localhost:443"},
               "--ssl: no such flag; try: fairlead connect tls://localhost:443");
  expect_wrong({"listen", "-k", ":8080"},
               "-k: belongs to receive, not to listen; try: fairlead relay :8080 file:/dev/stdout");
  expect_wrong({"listen", "-lU", "/run/x"}, "-lU: no such flag; try: fairlead listen unix:/run/x");
  expect_wrong({"listen", "TCP-LISTEN:80,fork"},
               "TCP-LISTEN:80,fork: an address of socat; here it is tcp://:80");
  expect_wrong({"relay", "TCP-LISTEN:80", "TCP:a:80"},
               "TCP-LISTEN:80: an address of socat; here it is tcp://:80");
  expect_wrong({"probe", "tcp:localhost:80"},
               "tcp:localhost:80: an address of socat; here it is tcp://localhost:80");
}

TEST(Habits, OfSocatToPutEverythingIntoAnAddressAreToldWhereItIsTaken) {
  for (const char* const command : {"connect", "listen", "probe"}) {
    expect_wrong({command, "dial:localhost:80"},
                 "dial:localhost:80: listen: and dial: are said to fairlead relay only");
    expect_wrong({command, "exec:date"}, "exec:date: not the address of a socket; fairlead relay takes it");
  }
  expect_wrong({"connect", "ssl://localhost:443"},
               "ssl://localhost:443: unknown scheme 'ssl'; did you mean tls?");
}

TEST(Habits, OfTheseToolsDoNotStandInTheWayOfWhatWeTake) {
  EXPECT_EQ(tool::foreign_argument(tool::commands()[0], words{"tcp:80"}), "");  // the host tcp
  EXPECT_EQ(tool::foreign_argument(tool::commands()[0], words{"localhost:80"}), "");
  EXPECT_EQ(tool::foreign_argument(tool::commands()[0], words{"unix:/run/80"}), "");
}

TEST(Suggestions, TellWhereAFlagBelongs) {
  expect_wrong({"connect", "--echo", "x:1"}, "--echo: belongs to listen, not to connect");
  expect_wrong({"connect", "-e", "x:1"}, "-e: belongs to listen, not to connect");
  expect_wrong({"demo", "--iperf3"}, "--iperf3: belongs to bench, not to demo");
  expect_wrong({"--echo"}, "--echo: belongs to listen");
}

TEST(Suggestions, FindWhatIsNear) {
  expect_wrong({"help"}, "help: no such command; try: fairlead --help");
  expect_wrong({"help", "relay"}, "help: no such command; try: fairlead relay --help");
  expect_wrong({"help", "nonsense"}, "help: no such command; try: fairlead --help");
  expect_wrong({"conect", "x:1"}, "conect: no such command; did you mean connect?");
  expect_wrong({"lisetn", "x:1"}, "lisetn: no such command; did you mean listen?");
  expect_wrong({"resolv", "x"}, "resolv: no such command; did you mean resolve?");
  expect_wrong({"prboe", "x"}, "prboe: no such command; did you mean probe?");
  expect_wrong({"connect", "--tmeout", "3s", "x:1"}, "--tmeout: no such flag; did you mean --timeout?");
  expect_wrong({"connect", "--itmeout=3s", "x:1"}, "--itmeout: no such flag; did you mean --timeout?");
  expect_wrong({"connect", "--no-shutdwon", "x:1"},
               "--no-shutdwon: no such flag; did you mean --no-shutdown?");
  expect_wrong({"connect", "--noshutdown", "x:1"}, "--noshutdown: no such flag; did you mean --no-shutdown?");
}

}  // namespace
