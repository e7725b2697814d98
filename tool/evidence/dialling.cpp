// SPDX-License-Identifier: MIT
#include "evidence/dialling.hpp"

#include "evidence/evidence.hpp"
#include "wire/open_link.hpp"
#include "wire/security.hpp"

namespace tool {

using namespace fairlead;

namespace {

task<result<std::unique_ptr<link>>> open_telling(evidence* proof, url to, client_options how) {
  connect_report own;
  if (how.report == nullptr) how.report = &own;
  const connect_report& told = *how.report;
  how.dial.log = &how.report->dialled;
  const std::string name = to.to_string();
  auto opening = open_link(std::move(to), std::move(how));
  auto made = co_await std::move(opening);
  if (proof != nullptr) proof->dialled(name, told, made);
  co_return made;
}

}  // namespace

task<result<std::unique_ptr<link>>> open_link_for(evidence* proof, url to, client_options how) {
  if (proof == nullptr && how.report == nullptr) return open_link(std::move(to), std::move(how));
  return open_telling(proof, std::move(to), std::move(how));
}

task<result<std::unique_ptr<link>>> dial(url to, client_options how, const settings& asked,
                                         const console& out) {
  out.step("connecting to " + to.to_string());
  connect_report told;
  how.report = &told;
  auto opening = open_telling(asked.proof, std::move(to), std::move(how))
                     .within(asked.timeout.value_or(duration::max()));
  auto made = co_await std::move(opening);
  if (!made) co_return made;
  out.step("connected to " + (*made)->peer + ((*made)->local.empty() ? "" : " from " + (*made)->local));
  if (told.tls) out.step(description(*told.tls));
  co_return made;
}

}  // namespace tool
