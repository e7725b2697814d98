// SPDX-License-Identifier: MIT
#include "evidence/evidence.hpp"

#include <algorithm>

#include <fairlead/url.hpp>

#include "evidence/apart.hpp"
#include "evidence/events.hpp"
#include "evidence/hex_dump.hpp"
#include "evidence/tally.hpp"
#include "standard_io.hpp"
#include "wire/link.hpp"

namespace tool {

namespace {

using namespace fairlead;

std::unexpected<error> wrong(std::string subject, std::string sentence) {
  return std::unexpected(
      error::about(fault::bad_syntax, verb::none, std::move(subject), std::move(sentence)));
}

// The endpoint in figures of a name like "tls://127.0.0.1:443"; empty if it has none.
std::string figures_of(const std::string& name) {
  const auto parsed = url::parse(name);
  if (!parsed || !parsed->numeric_endpoint() || !parsed->numeric_endpoint()->is_ip()) return {};
  return parsed->numeric_endpoint()->ip().to_string();
}

// An end that is no socket has the address of ours that speaks for it.
recording::party party_of(const link& l, const link& other) {
  recording::party p{l.peer, {}};
  if (l.peer_endpoint && l.peer_endpoint->is_ip()) {
    const ip_endpoint& e = l.peer_endpoint->ip();
    p.address = ip_endpoint(e.address().unmapped(), e.port()).to_string();
  } else {
    p.address = figures_of(l.peer);
  }
  const auto scheme = url::parse(l.peer);
  const bool socket = scheme && scheme->transport();
  if (p.address.empty() && !socket) p.address = figures_of(other.local);
  return p;
}

}  // namespace

recording::opened parties_of(const link& first, const link& second, direction opener) {
  recording::opened o;
  o.messages = first.keeps_messages() || second.keeps_messages();
  o.opener = opener;
  o.first = party_of(first, second);
  o.second = party_of(second, first);
  return o;
}

// Puts a conversation on record. That nothing can be written any more is said once, by evidence.
struct evidence::recorded final : witness {
  recorded(evidence& of, recording::opened o) : all(of), number(of.recording_->open(std::move(o))) {}
  void passed(direction d, const_buffer content) override {
    all.recording_->pass(number, d, content);
    check();
  }
  // On the wire its end is one, whoever made it: so it is played and exported.
  void ended(direction d, const result<void>& how, bool /*dismissed*/) override {
    all.recording_->end(number, d, how);
    check();
  }
  void check() const {
    if (!all.recording_->failed() || all.complained_) return;
    all.complained_ = true;
    all.out_.fail(all.recording_->failed()->message() + "; what comes is not recorded any more");
  }
  evidence& all;
  std::uint32_t number;
};

evidence::~evidence() {
  out_.instead = nullptr;
  out_.interrupted = nullptr;
}

result<void> evidence::open_report(const std::string& path) {
  if (path == "-") return {};
  auto opened = files::replacement::open(path);
  if (!opened) return std::unexpected(opened.error());
  file_ = std::move(*opened);
  return {};
}

bool has_events(std::string_view command) noexcept {
  constexpr std::string_view with_results[] = {"demo", "bench", "resolve", "probe"};
  return std::ranges::find(with_results, command) == std::end(with_results);
}

result<void> evidence::open(const settings& asked, std::string_view command) {
  if (auto apart = keep_files_apart(asked, command); !apart) return apart;
  events_ = asked.json && has_events(command);
  hex_ = asked.hex;
  out_.progress = !events_ && !hex_;
  many_ = command == "relay" || command == "receive" || (command == "listen" && (asked.echo || asked.exec));
  if (hex_ && events_)
    return wrong("--hex and --json", "both are written to standard error; choose one of them");
  if (asked.report) {
    if (auto opened = open_report(*asked.report); !opened) return opened;
    report_ = std::make_unique<report>(std::string(command), asked.arguments);
    out_.interrupted = [this] {
      const std::lock_guard one_at_a_time(telling_);
      report_->interrupted();
    };
  }
  if (asked.record) {
    auto made = recording::writer::create(*asked.record);
    if (!made) return std::unexpected(made.error());
    recording_ = std::move(*made);
  }
  if (report_ || events_)
    out_.instead = [this](saying what, std::string_view sentence) { return told(what, sentence); };
  return {};
}

bool evidence::told(saying what, std::string_view sentence) {
  const std::lock_guard one_at_a_time(telling_);
  constexpr std::string_view listening = "listening ";
  const bool listens = what == saying::line && sentence.starts_with(listening);
  if (report_ && what == saying::error) report_->failed(std::string(sentence));
  if (report_ && listens) report_->listening(std::string(sentence.substr(listening.size())));
  if (!events_) return false;
  const duration at = clock::now() - began_;
  if (listens) {
    emit("listening", at, {{"address", std::string(sentence.substr(listening.size()))}});
  } else {
    constexpr std::string_view names[] = {"error", "note", "step", "said"};
    emit(names[static_cast<std::size_t>(what)], at, {{"text", std::string(sentence)}});
  }
  return true;
}

watch evidence::watcher(direction opener) {
  if (!report_ && !recording_ && !hex_ && !events_) return {};
  return [this, opener](const link& first, const link& second) { return watch_over(first, second, opener); };
}

witnesses evidence::watch_over(const link& first, const link& second, direction opener) {
  witnesses all;
  const std::uint32_t number = ++conversations_;
  if (events_) {
    emit("began", clock::now() - began_,
         {{"conversation", std::uint64_t{number}}, {"first", first.peer}, {"second", second.peer}});
    all.push_back(std::make_unique<event_log>(first.peer, second.peer, number, began_));
  }
  // What is to be kept comes before what is only shown.
  if (recording_) all.push_back(std::make_unique<recorded>(*this, parties_of(first, second, opener)));
  if (report_) {
    const bool messages = first.keeps_messages() || second.keeps_messages();
    all.push_back(std::make_unique<tally>(report_->begin({first.peer, second.peer, messages}), *report_));
  }
  if (hex_) {
    const auto name = [](const link& l) { return l.peer == "standard input" ? std::string("-") : l.peer; };
    all.push_back(std::make_unique<hex_dump>(name(first), name(second), many_ ? number : 0, began_, out_));
  }
  return all;
}

void evidence::dialled(const std::string& to, const connect_report& how,
                       const result<std::unique_ptr<link>>& made) {
  const std::string local = made ? (*made)->local : std::string();
  const std::string peer = made ? (*made)->peer : std::string();
  const std::lock_guard one_at_a_time(telling_);
  if (report_) report_->dialled({to, local, peer, how, made ? std::nullopt : std::optional(made.error())});
  if (!events_ || !made) return;  // a failure is told as an error
  event_fields fields = {{"to", to}, {"peer", peer}};
  if (!local.empty()) fields.emplace_back("local", local);
  if (how.tls) fields.emplace_back("tls", std::string(to_string(how.tls->version)));
  emit("connected", clock::now() - began_, fields);
}

void evidence::refused(const std::string& who, const std::string& why) {
  const std::lock_guard one_at_a_time(telling_);
  if (report_) report_->refused(why);
  if (events_) emit("refused", clock::now() - began_, {{"who", who}, {"why", why}});
}

std::uint32_t evidence::begin(talk who) {
  const std::lock_guard one_at_a_time(telling_);
  return report_->begin(std::move(who));
}

void evidence::end(std::uint32_t number, const flows& all) {
  const std::lock_guard one_at_a_time(telling_);
  report_->read(number, all);
}

ledger* evidence::files() noexcept {
  if (!report_ && !events_) return nullptr;
  ledger& all = report_ ? report_->files() : unreported_;
  if (events_ && !all.on_settled) all.on_settled = [this](const ledger::file& f) { settled(f); };
  return &all;
}

void evidence::settled(const ledger::file& f) { emit("file", clock::now() - began_, fields_of(f)); }

void evidence::found(std::string_view what, const std::string& object) {
  if (report_) report_->found(what, object);
}

void evidence::measured(const std::string& object) {
  if (report_) report_->measured(object);
}

result<void> evidence::write_report(int status) {
  const std::string text = report_->text(status, !file_.is_open());
  if (!file_.is_open()) {
    if (const int failed = tell(text); failed != 0)
      return std::unexpected(error::about(static_cast<errc>(failed), verb::write, "standard error"));
    return {};
  }
  if (auto written = file_.write(text); !written) {
    file_.drop();
    return written;
  }
  return file_.finish();
}

int evidence::conclude(int status) {
  const auto failed = [&](const error& e) {
    const int own = static_cast<int>(out_.fail(e));
    if (status == 0) status = own;
  };
  if (recording_) {
    if (const auto closed = recording_->close(); !closed && !complained_) failed(closed.error());
    if (recording_->failed() && status == 0) status = static_cast<int>(exit_status::network);
  }
  if (!report_) return status;
  if (const auto written = write_report(status); !written) failed(written.error());
  return status;
}

}  // namespace tool
