// SPDX-License-Identifier: MIT
// A circular doubly linked list through the nodes' own next and prev: joining and leaving allocate nothing,
// and a node can leave without knowing which list it is in.
#pragma once

namespace fairlead::detail {

template <class Node>
void unlink(Node& n) noexcept {
  n.next->prev = n.prev;
  n.prev->next = n.next;
  n.next = nullptr;  // what `prev` says of a node in no list means nothing
}

template <class Node>
class intrusive_list {
 public:
  intrusive_list() noexcept { head_.next = head_.prev = &head_; }
  intrusive_list(const intrusive_list&) = delete;
  intrusive_list& operator=(const intrusive_list&) = delete;

  [[nodiscard]] bool empty() const noexcept { return head_.next == &head_; }
  void push_back(Node& n) noexcept {
    n.prev = head_.prev;
    n.next = &head_;
    head_.prev->next = &n;
    head_.prev = &n;
  }
  /// Precondition: not empty.
  Node& pop_front() noexcept {
    Node& n = *head_.next;
    unlink(n);
    return n;
  }
  /// Takes all of `other`'s nodes, in order.
  void take(intrusive_list& other) noexcept {
    if (other.empty()) return;
    other.head_.next->prev = head_.prev;
    head_.prev->next = other.head_.next;
    other.head_.prev->next = &head_;
    head_.prev = other.head_.prev;
    other.head_.next = other.head_.prev = &other.head_;
  }

 private:
  Node head_;
};

/// What is in a list now; what is added meanwhile waits. What is left when this goes, as when a coroutine of
/// somebody else's making throws, is put back in front.
template <class Node>
class taken_list {
 public:
  explicit taken_list(intrusive_list<Node>& from) noexcept : from_(from) { rest_.take(from_); }
  taken_list(const taken_list&) = delete;
  taken_list& operator=(const taken_list&) = delete;
  ~taken_list() {
    rest_.take(from_);
    from_.take(rest_);
  }
  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }
  Node& pop_front() noexcept { return rest_.pop_front(); }

 private:
  intrusive_list<Node>& from_;
  intrusive_list<Node> rest_;
};

}  // namespace fairlead::detail
