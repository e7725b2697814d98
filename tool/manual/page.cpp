// SPDX-License-Identifier: MIT
// The man pages. See man-pages(7) for the order of the sections.
#include <array>
#include <chrono>

#include <fairlead/version.hpp>

#include "manual/examples.hpp"
#include "manual/facts.hpp"
#include "manual/manual.hpp"
#include "manual/roff.hpp"
#include "manual/value.hpp"

namespace tool {

namespace {

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string date(day_number day) {
  const std::chrono::year_month_day d{std::chrono::sys_days{std::chrono::days{day}}};
  const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(static_cast<int>(d.year())) + '-' + two(static_cast<unsigned>(d.month())) + '-' +
         two(static_cast<unsigned>(d.day()));
}

std::string head(const std::string& name, std::string_view summary, day_number day) {
  return ".TH " + roff::quoted(upper(name)) + " 1 \"" + date(day) + "\"" +
         " \"fairlead " FAIRLEAD_VERSION
         "\" \"User commands\"\n"
         ".SH NAME\n" +
         roff::typed(name) + " \\-\n" + roff::plain(summary);
}

std::string bold(std::string_view text) { return "\\fB" + roff::typed(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff::typed(text) + "\\fR"; }

// A term with what is said of it.
std::string item(const std::string& term, std::string_view text) {
  return ".TP\n" + term + '\n' + roff::filled(text);
}

std::string options(unsigned of) {
  std::string made = ".SH OPTIONS\n";
  for (const flag* f : flags_of(of)) {
    std::string term;
    if (f->letter != 0) term = bold({std::array{'-', f->letter}.data(), 2}) + ", ";
    term += bold("--" + std::string(f->name));
    if (!f->argument.empty()) term += ' ' + italic(f->argument);
    std::string text(f->help);
    if (!f->fallback.empty()) text += " (default: " + std::string(f->fallback) + ')';
    made += item(term, text);
  }
  return made;
}

std::string addresses(value_kind kind) {
  std::string made = ".SH ADDRESSES\n";
  for (const address_form& form : forms_of(kind))
    made += item(bold(form.beginning) + italic(form.rest), form.meaning);
  return made + ".PP\n" + roff::filled(about_addresses());
}

std::string statuses() {
  std::string made = ".SH EXIT STATUS\n";
  for (const status_meaning& s : status_meanings()) made += item(bold(s.number), s.meaning);
  return made;
}

std::string typed_examples(unsigned of) {
  std::string made;
  for (const example& e : examples()) {
    if (e.command != of) continue;
    made += made.empty() ? ".SH EXAMPLES\n" : ".PP\n";
    made += roff::filled(e.does) + ".PP\n.RS 4\n.nf\n" + roff::typed(e.typed) + "\n.fi\n.RE\n";
  }
  return made;
}

std::string see_also(const command* self) {
  std::string made;
  const auto page = [&](const std::string& name) {
    made += (made.empty() ? ".SH SEE ALSO\n" : ",\n") + (".BR " + roff::typed(name)) + " (1)";
  };
  if (self != nullptr) page("fairlead");
  for (const command& c : commands()) {
    if (&c != self) page(page_name(c));
  }
  return made + '\n';
}

}  // namespace

std::string page_name(const command& c) { return "fairlead-" + std::string(c.name); }

std::string manual_page(day_number made_on) {
  std::string made = head("fairlead", "sockets from the command line", made_on);
  made += ".SH SYNOPSIS\n\\fBfairlead\\fR \\fICOMMAND\\fR ...\n.SH DESCRIPTION\n";
  made += roff::filled(
      "Talks over TCP, UDP, TLS and Unix sockets, looks names up, and measures. Each command has a page of "
      "its "
      "own.");
  made += ".SH COMMANDS\n";
  for (const command& c : commands()) {
    made += item(bold(c.name) + (c.argument.empty() ? "" : ' ' + italic(c.argument)),
                 std::string(c.summary) + "; see fairlead-" + std::string(c.name) + "(1)");
  }
  return made + options(on_none) + addresses(value_kind::address) + statuses() + typed_examples(on_none) +
         see_also(nullptr);
}

std::string manual_page(const command& c, day_number made_on) {
  std::string made = head(page_name(c), c.summary, made_on);
  made += ".SH SYNOPSIS\n" + bold("fairlead " + std::string(c.name)) + " [\\fIOPTION\\fR...]";
  if (!c.argument.empty()) made += ' ' + italic(c.argument);
  made += "\n.SH DESCRIPTION\n";
  made += roff::filled("fairlead " + std::string(c.name) + ' ' + std::string(c.summary) + '.');
  for (std::string_view more = c.more; !more.empty();) {
    const std::size_t end = std::min(more.find('\n'), more.size());
    made += ".PP\n" + roff::filled(more.substr(0, end));
    more.remove_prefix(std::min(end + 1, more.size()));
  }
  made += options(c.id);
  if (takes_addresses(c)) made += addresses(takes_places(c) ? value_kind::place : value_kind::address);
  return made + statuses() + typed_examples(c.id) + see_also(&c);
}

}  // namespace tool
