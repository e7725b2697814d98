// SPDX-License-Identifier: MIT
#include "option.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <CLI/CLI.hpp>

#include <fairlead/url.hpp>

#include "suggest.hpp"

namespace tool {

namespace {

constexpr unsigned everywhere = on_connect | on_listen | on_demo | on_bench | on_resolve | on_probe;
constexpr unsigned talking = on_connect | on_listen;
constexpr unsigned dialling = on_connect | on_bench | on_probe;
constexpr unsigned secured = dialling | on_listen;

constexpr std::array<flag, 44> table = {{
    {"echo", 'e', "", "sends every client what it sends, many clients at once", "", on_listen, false,
     &settings::echo},
    {"exec", 'x', "COMMAND",
     "gives every client a shell command of its own, joined to the connection by its standard input and "
     "output; "
     "FAIRLEAD_LOCAL and FAIRLEAD_PEER tell it the addresses",
     "", on_listen, false, &settings::exec},
    {"serve", 's', "", "serves every client that measures, at each ADDR", "", on_bench, false,
     &settings::serve},
    {"streams", 'P', "N", "bulk over N streams at a time", "1", on_bench, false, &settings::streams},
    {"reverse", 'R', "", "bulk from the server to us", "bulk goes to the server", on_bench, false,
     &settings::reverse},
    {"both", 'B', "", "bulk in both directions at once", "", on_bench, false, &settings::both},
    {"connections", 'c', "N", "sends requests, each after the answer to the one before, on N connections",
     "1", on_bench, false, &settings::connections},
    {"rate", 'r', "N",
     "sends N requests a second, or with --streams, --reverse or --both N datagrams, of all "
     "together; the latency of a request counts from when it was due, so a server that stalls is not spared",
     "as many as are answered", on_bench, false, &settings::rate},
    {"connect", 'C', "", "makes connections, on --connections N at a time, one after the other", "", on_bench,
     false, &settings::connect},
    {"iperf3", '3', "",
     "bulk with an iperf3 server, over tcp:// or udp://; with --serve at tcp://, serves iperf3 clients, one "
     "after the other, datagrams at the same port",
     "", on_bench, false, &settings::iperf3},
    {"size", 'l', "BYTES", "of a request, of a datagram, or of what is sent at once",
     "64 for requests; of bulk 1400 on udp://, 8k on unix-dgram: and unix-seqpacket:, else 128k", on_bench,
     false, &settings::size},
    {"time", 'T', "DURATION", "how long to measure", "5s", on_bench, false, &settings::time},
    {"warmup", 'w', "DURATION", "how long to run before measuring", "none", on_bench, false,
     &settings::warmup},
    {"loops", 'L', "N",
     "runs N loops, each on a thread of its own, which share the connections; with --serve the kernel "
     "spreads "
     "connections and UDP peers over them, and Unix sockets are the first one's",
     "1", on_bench, false, &settings::loops},
    {"polling", 'p', "HOW",
     "what a loop does that has nothing to do: off, it sleeps; adaptive, it looks around for 200 µs first "
     "where "
     "that has lately been enough; always, it never sleeps",
     "off", on_bench, false, &settings::polling},
    {"ipv4", '4', "", "addresses of IPv4 only", "", on_resolve, false, &settings::ipv4},
    {"ipv6", '6', "", "addresses of IPv6 only", "", on_resolve, false, &settings::ipv6},
    {"srv", 0, "", "where a service is: _https._tcp.example.org; priority, weight, port, host", "",
     on_resolve, false, &settings::srv},
    {"mx", 0, "", "who takes mail for a domain; preference, host", "", on_resolve, false, &settings::mx},
    {"txt", 0, "", "texts; bytes that cannot be shown are written \\xNN", "", on_resolve, false,
     &settings::txt},
    {"server", 0, "ADDRESS",
     "asks this name server instead of the system's, and not /etc/hosts; several in turn", "the system's",
     on_resolve, false, &settings::servers},
    {"count", 'n', "N", "tries N times, one after the other", "3", on_probe, false, &settings::count},
    {"interval", 0, "DURATION", "pause between two tries", "200ms", on_probe, false, &settings::interval},
    {"resume", 0, "", "takes up TLS sessions again where it can", "a full handshake each time", on_bench,
     false, &settings::resume},
    {"max-clients", 'm', "N", "serves at most N clients at a time; others wait", "no limit",
     on_listen | on_bench, false, &settings::max_clients},
    {"once", '1', "", "ends after the first client, with --echo and --exec as well", "", on_listen, false,
     &settings::once},
    {"timeout", 't', "DURATION", "how long connecting, or looking a name up, may take (status 3)",
     "as long as the system tries; with bench 10s, also for the last report; with probe 3s, for each try",
     dialling | on_resolve, false, &settings::timeout},
    {"idle", 'i', "DURATION", "ends a connection on which nothing came or went for so long",
     "never; 1s for replies on connect udp:// and unix-dgram: after the end of input", talking, false,
     &settings::idle},
    {"no-shutdown", 'N', "", "keeps the sending side open at the end of input", "", talking, false,
     &settings::no_shutdown},
    {"via", 0, "PROXY",
     "goes through a proxy: socks5://, socks4a:// or http://[USER:PASSWORD@]HOST[:PORT]; several are a "
     "chain, the "
     "nearest first; names are looked up by the last one",
     "", dialling, false, &settings::via},
    {"proxy-protocol", 0, "",
     "connect: tells the server who we are by the PROXY protocol, before all else; listen: every client must "
     "begin "
     "with it, and is who it says it is: for use behind proxies only",
     "", talking, false, &settings::proxy_protocol},
    {"proxy-v1", 0, "", "with --proxy-protocol: in its first version, a line of text", "version 2",
     on_connect, false, &settings::proxy_v1},
    {"ca", 0, "FILE",
     "connect tls://: trusts these roots (PEM) instead of the system's; listen tls://: clients must have a "
     "certificate from them",
     "the system's roots; no certificates of clients", secured, false, &settings::ca},
    {"pin", 0, "sha256:HASH",
     "trusts a peer with this public key, and without --ca nobody else, whoever has signed it; several are "
     "alternatives",
     "", dialling, false, &settings::pins},
    {"cert", 0, "FILE", "our certificate and its chain (PEM)",
     "listen tls://: one that is made for this run, whose pin is printed", secured, false, &settings::cert},
    {"key", 0, "FILE", "its private key (PEM)", "in the file of --cert", secured, false, &settings::key},
    {"alpn", 0, "NAMES", "protocols to agree on, by preference: h2,http/1.1", "none", secured, false,
     &settings::alpn},
    {"server-name", 0, "NAME", "the name that the server's certificate must be for, and that is sent to it",
     "the host of ADDR", dialling, false, &settings::server_name},
    {"insecure", 0, "",
     "does not verify the server of tls://: whoever is on the way can read and change everything", "",
     dialling, false, &settings::insecure},
    {"json", 0, "",
     "prints JSON instead of the table; bench an object each second, resolve and probe one for each "
     "argument, one a line",
     "", on_demo | on_bench | on_resolve | on_probe, false, &settings::json},
    {"quiet", 'q', "", "says nothing but errors, and when a listener is ready", "", everywhere, false,
     &settings::quiet},
    {"verbose", 'v', "", "says each step with its time", "", everywhere, false, &settings::verbose},
    {"help", 'h', "", "shows this", "", everywhere, true, &settings::help},
    {"version", 'V', "", "shows the version", "", on_none, true, &settings::version},
}};

// What a text becomes in the settings; the sentence if it becomes nothing.
struct reader {
  settings& into;
  const std::string& text;

  std::string operator()(bool settings::* member) const {
    into.*member = true;
    return {};
  }
  std::string operator()(std::optional<std::string> settings::* member) const {
    into.*member = text;
    return {};
  }
  std::string operator()(std::vector<std::string> settings::* member) const {
    (into.*member).push_back(text);
    return {};
  }
  std::string operator()(std::optional<std::uint64_t> settings::* member) const {
    std::uint64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size() || number == 0 || number > 1'000'000) {
      return text + ": must be a number from 1 to 1000000";
    }
    into.*member = number;
    return {};
  }
  std::string operator()(std::optional<byte_count> settings::* member) const {
    const auto bytes = fairlead::parse_size(text);
    if (!bytes) return bytes.error().message();
    into.*member = byte_count{*bytes};
    return {};
  }
  std::string operator()(std::optional<fairlead::polling> settings::* member) const {
    using enum fairlead::polling;
    for (const auto& [name, value] :
         {std::pair("off", off), std::pair("adaptive", adaptive), std::pair("always", always)}) {
      if (text == name) into.*member = value;
    }
    return into.*member ? std::string() : text + ": must be off, adaptive or always";
  }
  std::string operator()(std::optional<fairlead::duration> settings::* member) const {
    const auto time = fairlead::parse_duration(text);
    if (!time) return time.error().message();
    if (time->count() == 0) return text + ": must be more than nothing";
    into.*member = *time;
    return {};
  }
};

std::string dashed(const flag& f) { return "--" + std::string(f.name); }

std::string unknown(const std::string& word, unsigned command) {
  if (!word.starts_with('-') || word == "-" || word == "--") return word + ": one argument too many";
  const std::string bare = word.substr(0, word.find('='));
  std::vector<std::string_view> names;
  for (const flag* f : flags_of(command)) names.push_back(f->name);
  const std::string_view near = nearest(std::string_view(bare).substr(bare.starts_with("--") ? 2 : 1), names);
  if (!near.empty()) return bare + ": no such flag; did you mean --" + std::string(near) + "?";
  return bare + ": no such flag; --help lists them";
}

}  // namespace

std::span<const flag> flags() noexcept { return table; }

std::vector<const flag*> flags_of(unsigned command) {
  std::vector<const flag*> found;
  for (const flag& f : table) {
    if (command == on_none ? f.alone : (f.commands & command) != 0) found.push_back(&f);
  }
  return found;
}

std::expected<settings, std::string> parse(unsigned command, std::span<const std::string> words) {
  settings made;
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  app.add_option("arguments", made.arguments)->expected(0, CLI::detail::expected_max_vector_size);
  std::vector<std::pair<const flag*, CLI::Option*>> known;
  for (const flag* f : flags_of(command)) {
    const std::string names =
        (f->letter != 0 ? std::string("-") + f->letter + ',' : std::string()) + dashed(*f);
    // A value that is missing is our sentence, not the parser's: so it is optional to the parser.
    CLI::Option* const o =
        f->argument.empty()
            ? app.add_flag(names)
            : app.add_option(names)->expected(0, 1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    known.emplace_back(f, o);
  }
  // What follows "--" is no flag, however it looks.
  const auto end_of_flags = std::ranges::find(words, "--");
  for (auto word = words.begin(); word != end_of_flags; ++word) {
    const std::size_t equals = word->find('=');
    if (!word->starts_with("--") || equals == std::string::npos) continue;
    const auto given = std::ranges::find(table, word->substr(2, equals - 2), &flag::name);
    if (given != table.end() && given->argument.empty())
      return std::unexpected(dashed(*given) + ": takes no value");
  }
  std::vector<std::string> backwards(words.begin(), end_of_flags);
  std::ranges::reverse(backwards);
  try {
    app.parse(std::move(backwards));
  } catch (const CLI::ParseError& e) {
    return std::unexpected(e.what());
  }
  if (const std::vector<std::string> rest = app.remaining(); !rest.empty()) {
    return std::unexpected(unknown(rest.front(), command));
  }
  if (end_of_flags != words.end()) made.arguments.insert(made.arguments.end(), end_of_flags + 1, words.end());
  for (const auto& [f, o] : known) {
    if (o->count() == 0) continue;
    std::vector<std::string> given = o->results();
    if (!f->argument.empty()) {
      const bool several = std::holds_alternative<std::vector<std::string> settings::*>(f->into);
      if (given.size() > 1 && !several) return std::unexpected(dashed(*f) + ": given more than once");
      if (given.empty() || std::ranges::find(given, "") != given.end()) {
        return std::unexpected(dashed(*f) + ": needs a value: " + std::string(f->argument));
      }
    } else {
      given.assign(1, std::string());
    }
    for (const std::string& text : given) {
      const std::string sentence = std::visit(reader{made, text}, f->into);
      if (!sentence.empty()) return std::unexpected(dashed(*f) + ' ' + sentence);
    }
  }
  return made;
}

}  // namespace tool
