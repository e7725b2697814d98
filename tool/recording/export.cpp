// SPDX-License-Identifier: MIT
#include "recording/export.hpp"

#include <string_view>

#include <fairlead/version.hpp>

#include "files/replacement.hpp"
#include "recording/packet.hpp"
#include "text.hpp"

namespace tool::recording {

namespace {

using namespace fairlead;

constexpr direction opposite(direction d) noexcept {
  return d == direction::there ? direction::back : direction::there;
}

std::optional<ip_endpoint> address_of(const party& p) {
  const auto parsed = ip_endpoint::parse(p.address);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

// An end without an address of its own: on loopback, and different for each conversation.
ip_endpoint invented(std::uint32_t conversation, bool opener) {
  constexpr std::uint32_t ports = 20000;
  const auto third = static_cast<std::uint8_t>(conversation / ports % 255 + 1);
  const auto first = static_cast<std::uint16_t>(20000 + conversation % ports);
  return {ipv4_address(127, 1, third, opener ? 1 : 2), port(opener ? first : std::uint16_t{10000})};
}

ip_endpoint as_v6(const ip_endpoint& e) {
  return e.address().is_v4() ? ip_endpoint(ipv6_address::v4_mapped(e.address().v4()), e.port()) : e;
}

}  // namespace

void exporter::packet(conversation& c, const std::vector<std::byte>& packet, duration at,
                      pcapng::bytes& to) const {
  pcapng::append_packet(to, static_cast<std::uint64_t>(wall_ns_ + at.count()), packet, c.comment);
  c.comment.clear();
}

void exporter::segment(conversation& c, direction way, std::uint8_t flags, const_buffer content, duration at,
                       pcapng::bytes& to) {
  side& from = c.sides[index_of(way)];
  const side& peer = c.sides[index_of(opposite(way))];
  const tcp_part part{from.next, (flags & ack) != 0 ? peer.next : 0, flags};
  packet(c, tcp_packet(from.where, peer.where, part, content), at, to);
  from.next += static_cast<std::uint32_t>(content.size);
  if ((flags & (syn | fin)) != 0) ++from.next;
}

void exporter::begin(const opened& o, pcapng::bytes& to) {
  if (only_ != 0 && o.conversation != only_) return;
  conversation c;
  c.messages = o.messages;
  c.comment = "conversation " + std::to_string(o.conversation) + ": " + printable(o.first.name) + " and " +
              printable(o.second.name);
  const auto first = address_of(o.first);
  const auto second = address_of(o.second);
  const bool there = o.opener == direction::there;
  c.sides[0].where = first.value_or(invented(o.conversation, there));
  c.sides[1].where = second.value_or(invented(o.conversation, !there));
  if (c.sides[0].where.family() != c.sides[1].where.family())
    for (side& s : c.sides) s.where = as_v6(s.where);
  for (const auto& [known, s] :
       {std::pair(first.has_value(), &c.sides[0]), {second.has_value(), &c.sides[1]}})
    if (!known) c.comment += "; " + s->where.to_string() + " is made up, for an end that has no such address";
  if (o.first.name.starts_with("tls:") || o.second.name.starts_with("tls:"))
    c.comment += "; this is what was inside of TLS";
  if (!o.messages) {
    segment(c, o.opener, syn, {}, o.at, to);
    segment(c, opposite(o.opener), syn | ack, {}, o.at, to);
    segment(c, o.opener, ack, {}, o.at, to);
  }
  open_.emplace(o.conversation, std::move(c));
}

void exporter::pass(const passed& p, pcapng::bytes& to) {
  const auto found = open_.find(p.conversation);
  if (found == open_.end()) return;
  conversation& c = found->second;
  if (c.cut || c.sides[index_of(p.way)].over) return;
  const std::size_t most = c.messages ? largest_datagram : largest_segment;
  const std::size_t parts = p.content.size == 0 ? 1 : (p.content.size + most - 1) / most;
  const_buffer left = p.content;
  for (std::size_t part = 1; part <= parts; ++part) {
    const const_buffer piece = left.first(most);
    left = left.after(piece.size);
    if (!c.messages) {
      segment(c, p.way, psh | ack, piece, p.at, to);
      continue;
    }
    if (parts > 1) {
      c.comment += (c.comment.empty() ? "part " : "; part ") + std::to_string(part) + " of " +
                   std::to_string(parts) + " of one message that was too large for UDP";
    }
    const side& from = c.sides[index_of(p.way)];
    packet(c, udp_packet(from.where, c.sides[index_of(opposite(p.way))].where, piece), p.at, to);
  }
  if (!c.messages) segment(c, opposite(p.way), ack, {}, p.at, to);
}

void exporter::end(const ended& e, pcapng::bytes& to) {
  const auto found = open_.find(e.conversation);
  if (found == open_.end()) return;
  conversation& c = found->second;
  side& from = c.sides[index_of(e.way)];
  if (!c.messages && !c.cut && !from.over) {
    if (e.how == ending::finished || e.how == ending::truncated) {
      segment(c, e.way, fin | ack, {}, e.at, to);
      segment(c, opposite(e.way), ack, {}, e.at, to);
    } else if (e.how == ending::reset) {
      segment(c, e.way, rst | ack, {}, e.at, to);
      c.cut = true;
    }
  }
  from.over = true;
  if (c.sides[0].over && c.sides[1].over) open_.erase(found);
}

void exporter::take(const record& r, pcapng::bytes& to) {
  if (const auto* const s = std::get_if<started>(&r)) {
    wall_ns_ = s->wall_ns;
    pcapng::append_beginning(to, "fairlead " FAIRLEAD_VERSION,
                             "made from a recording by " + printable(s->program) +
                                 "; the packets are not those of the network: their headers are made up");
  } else if (const auto* const o = std::get_if<opened>(&r)) {
    begin(*o, to);
  } else if (const auto* const p = std::get_if<passed>(&r)) {
    pass(*p, to);
  } else if (const auto* const e = std::get_if<ended>(&r)) {
    end(*e, to);
  }
}

result<void> export_pcapng(reader& from, const std::string& path, std::uint32_t only,
                           const asked_to_stop& stop) {
  auto file = files::replacement::open(path);
  if (!file) return std::unexpected(file.error());
  exporter machine(only);
  pcapng::bytes blocks;
  while (const auto r = from.next()) {
    machine.take(*r, blocks);
    const std::string_view made(reinterpret_cast<const char*>(blocks.data()), blocks.size());
    if (auto written = file->write(made); !written) return written;
    blocks.clear();
    if (stop && stop()) return failure(errc::operation_canceled, verb::write);
  }
  return file->finish();
}

}  // namespace tool::recording
