/// \file
/// A queue between threads that holds at most so many items: whoever is faster waits.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace metaferry {

/// Thread-safe.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  /// Waits for room. False when the queue was closed; the item is gone then.
  bool Push(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    any_.notify_one();
    return true;
  }

  /// Waits for an item. nullopt when the queue is closed and empty.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    any_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    room_.notify_one();
    return item;
  }

  /// No more items will come; what is in it can still be taken.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    any_.notify_all();
    room_.notify_all();
  }

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable any_, room_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace metaferry
