#include "source/named_files.hpp"

#include <algorithm>
#include <cstring>

namespace valise {

namespace {

// A path stands in one block as a whole: at most 1 % is lost at the blocks' ends.
constexpr std::uint64_t kBlockBytes = 512 * 1024;
// What is added between two compactions, at least; else as much as there is, so that all of them
// together cost little more than the last one.
constexpr std::size_t kFreshEntries = 64 * 1024;
constexpr std::uint64_t kFreshBytes = 4 * 1024 * 1024;
// One that is full is compacted after so large a share of what it then held.
constexpr std::size_t kFreshShare = 8;

constexpr unsigned kLengthBits = 16;

static_assert(kNamedPathBytesMax < kBlockBytes && kNamedPathBytesMax < (1U << kLengthBits));

std::uint64_t span_of(std::uint64_t place, std::size_t length) {
  return place << kLengthBits | length;
}

}  // namespace

std::string_view NamedFiles::path_of(const Entry& entry) const {
  const std::uint64_t place = entry.span >> kLengthBits;
  return {blocks_[place / kBlockBytes].get() + place % kBlockBytes,
          static_cast<std::size_t>(entry.span & ((1U << kLengthBits) - 1))};
}

/// Where the next path of that length stands; moves the end behind it.
std::uint64_t NamedFiles::place_for(std::size_t length) {
  if (end_ % kBlockBytes + length > kBlockBytes) end_ += kBlockBytes - end_ % kBlockBytes;
  const std::uint64_t place = end_;
  end_ += length;
  return place;
}

char* NamedFiles::write(std::uint64_t place) {
  while (blocks_.size() <= place / kBlockBytes) {
    blocks_.emplace_back(new char[kBlockBytes]);
  }
  return blocks_[place / kBlockBytes].get() + place % kBlockBytes;
}

bool NamedFiles::has_room_for(std::size_t length) const noexcept {
  return end_ + length + (entries_.size() + 1) * sizeof(Entry) <= bytes_max_;
}

bool NamedFiles::add(std::string_view path, std::uint64_t size) {
  if (path.size() > kNamedPathBytesMax) return false;
  if (entries_.size() >= std::max(next_look_, kFreshEntries) ||
      end_ >= std::max(next_end_, kFreshBytes)) {
    compact();
  }
  if (!has_room_for(path.size())) {
    // Much of it may be the same; not for every path, or a full set would be sorted all the time.
    if (entries_.size() - compacted_ < std::max(compacted_ / kFreshShare, kFreshEntries)) {
      return false;
    }
    compact();
    if (!has_room_for(path.size())) return false;
  }
  const std::uint64_t place = place_for(path.size());
  char* to = write(place);
  if (!path.empty()) std::memcpy(to, path.data(), path.size());
  entries_.push_back({span_of(place, path.size()), size});
  return true;
}

/// The oldest entry of equal ones stays, so that the bytes of older ones need not move.
void NamedFiles::sort_unique() {
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) {
    const int order = path_of(a).compare(path_of(b));
    return order != 0 ? order < 0 : a.span < b.span;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (kept > 0 && path_of(entries_[kept - 1]) == path_of(entries_[i])) {
      entries_[kept - 1].size = std::max(entries_[kept - 1].size, entries_[i].size);
    } else {
      entries_[kept++] = entries_[i];
    }
  }
  entries_.resize(kept);
}

/// The paths that stay move down over those that go, in the order of their places: none moves up,
/// so that none is written over before it has moved.
void NamedFiles::compact() {
  const std::size_t before = entries_.size();
  sort_unique();
  if (entries_.size() < before) {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.span < b.span; });
    end_ = 0;
    for (Entry& entry : entries_) {
      const std::string_view path = path_of(entry);
      const std::uint64_t place = place_for(path.size());
      std::memmove(write(place), path.data(), path.size());
      entry.span = span_of(place, path.size());
    }
    blocks_.resize(std::min<std::size_t>(blocks_.size(), end_ / kBlockBytes + 1));
  }
  compacted_ = entries_.size();
  next_look_ = entries_.size() + std::max(entries_.size(), kFreshEntries);
  next_end_ = end_ + std::max(end_, kFreshBytes);
}

void NamedFiles::finish() {
  sort_unique();
  entries_.shrink_to_fit();
}

NamedFile NamedFiles::at(std::size_t index) const {
  const Entry& entry = entries_.at(index);
  return {path_of(entry), entry.size};
}

std::optional<std::size_t> NamedFiles::find(std::string_view path) const {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), path,
      [this](const Entry& entry, std::string_view wanted) { return path_of(entry) < wanted; });
  if (found == entries_.end() || path_of(*found) != path) return std::nullopt;
  return static_cast<std::size_t>(found - entries_.begin());
}

std::size_t NamedFiles::bytes() const noexcept {
  return blocks_.size() * kBlockBytes + entries_.size() * sizeof(Entry);
}

}  // namespace valise
