// SPDX-License-Identifier: MIT
#include "evidence/tally.hpp"

namespace tool {

void conclude(flow& f, const fairlead::result<void>& how, bool dismissed) {
  f.how = ending_of(how, dismissed);
  if (!how && f.how != ending::given_up) f.error = how.error().message();
}

tally::~tally() {
  for (std::size_t i = 0; i < flows_.size(); ++i)
    flows_[i].sha256 = fairlead::sha256::hex(digests_[i].digest());
  to_.read(number_, flows_);
}

void tally::passed(direction d, fairlead::const_buffer content) {
  flow& f = flows_[index_of(d)];
  f.bytes += content.size;
  ++f.pieces;
  digests_[index_of(d)].add(content);
}

void tally::ended(direction d, const fairlead::result<void>& how, bool dismissed) {
  conclude(flows_[index_of(d)], how, dismissed);
}

}  // namespace tool
