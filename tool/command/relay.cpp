// SPDX-License-Identifier: MIT
// fairlead relay FROM TO: everybody who comes to FROM is joined to TO.
#include "relay/relay.hpp"

#include <deque>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>

#include "access/terms.hpp"
#include "command/command.hpp"
#include "fault/layer.hpp"
#include "wire/interrupts.hpp"

namespace tool {

namespace {

using namespace fairlead;

struct relaying {
  const settings& asked;
  const console& out;
  std::optional<doorkeeper> door{};
  std::deque<relay> pairs{};
  result<void> ended{};
  std::optional<int> failed{};  // what the first pair of several that failed leaves us with
};

// The other pairs go on: what they carry has nothing to do with this one.
task<> run_pair(relay& pair, relaying& r, const interrupts& signals) {
  result<void> done = co_await pair.run(signals.closing(), signals.finishing());
  if (done) co_return;
  if (r.pairs.size() == 1 || done.error() == errc::operation_canceled) {
    r.ended = std::move(done);
    co_return;
  }
  const int status = r.out.verdict(done);
  if (!r.failed) r.failed = status;
}

task<result<void>> run_pairs(relaying& r, const interrupts& signals) {
  for (relay& pair : r.pairs) co_await or_return(pair.open());
  for (const relay& pair : r.pairs) pair.announce();
  scope all;
  for (relay& pair : r.pairs) all.spawn(run_pair(pair, r, signals));
  (void)co_await all.join();
  co_return r.ended;
}

// A seed that nobody has chosen is told, so that what failed can be repeated.
std::expected<faults::plan, std::string> planned_faults(const settings& asked, const console& out) {
  auto p = faults::parse(asked.faults);
  if (!p) return std::unexpected("--fault " + p.error());
  if (p->seed) return p;
  p->seed = faults::random_seed();
  if (p->uses_chance()) out.note("fault: seed=" + std::to_string(*p->seed));
  return p;
}

}  // namespace

int relay_command(const settings& asked, console& out) {
  const std::vector<std::string>& words = asked.arguments;
  if (words.size() % 2 != 0) {
    out.fail(words.back() + ": its TO is missing; addresses come in pairs of FROM and TO");
    return static_cast<int>(exit_status::usage);
  }
  auto faults = planned_faults(asked, out);
  if (!faults) {
    out.fail(faults.error());
    return static_cast<int>(exit_status::usage);
  }
  relaying state{asked, out};
  std::vector<std::pair<side, side>> sides;
  std::vector<url> listens;
  // A terminal at both ends: keys must reach the far one as they are.
  settings ours = asked;
  std::size_t users_of_standard_streams = 0;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    auto from = parse_side(words[i], true);
    if (!from) return out.misused(from.error());
    auto to = parse_side(words[i + 1], false);
    if (!to) return out.misused(to.error());
    ours.raw = ours.raw || (from->single() && to->at.scheme() == scheme::pty);
    if (auto set = settle_terms(*from, *to, asked, out); !set) return out.misused(set.error());
    users_of_standard_streams += from->single() || to->single() ? 1 : 0;
    for (const side* const s : {&*from, &*to}) {
      if (s->does == role::listens) listens.push_back(s->at);
    }
    sides.emplace_back(std::move(*from), std::move(*to));
  }
  if (users_of_standard_streams > 1) {
    out.fail("-: standard input and output can be in one pair only");
    return static_cast<int>(exit_status::usage);
  }
  auto access = access_terms_of(asked, listens);
  if (!access) {
    out.fail(access.error());
    return static_cast<int>(exit_status::usage);
  }
  state.door.emplace(std::move(*access), out);
  for (auto& [from, to] : sides) {
    state.pairs.emplace_back(std::move(from), std::move(to), ours, *state.door, out);
    if (!faults->empty()) state.pairs.back().use_faults(*faults);
  }
  loop_options options;
  options.polling = asked.polling.value_or(polling::adaptive);
  auto l = loop::create(options);
  if (!l) return static_cast<int>(out.fail(l.error()));
  const auto work = [&state](const interrupts& signals) { return run_pairs(state, signals); };
  const conclusion done = l->run(until_interrupted(work, out, asked.listen_for));
  state.door->conclude();
  return state.failed && done.signal == 0 ? *state.failed : done.status(out);
}

}  // namespace tool
