#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace valise {

/// An object's name in a vault: parts of [A-Za-z0-9._-] joined by '/', no part starting with '.'.
using ObjectName = std::string;

struct ObjectInfo {
  ObjectName name;
  std::uint64_t size = 0;
  std::uint64_t modified = 0;  ///< Unix seconds, by the storage's clock.
};

/// An object being written. Destroyed before commit: nothing was put.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual void write(ByteSpan bytes) = 0;
  /// Makes it durable under its name, whole, in one step. False when an object of that name exists
  /// already: that one is left alone and this one goes. Once only.
  [[nodiscard]] virtual bool commit() = 0;
};

/// Where a vault's objects live. Objects are written once and never modified. Every failure is an
/// Error that names the object: not_found (there is none), corrupt (it is shorter than asked),
/// storage (anything else). read, size and list are thread-safe; writers of different objects may
/// be used from different threads.
class Storage {
 public:
  virtual ~Storage() = default;
  [[nodiscard]] virtual std::unique_ptr<ObjectWriter> put(const ObjectName& name) = 0;
  /// Fills `out` from `offset`.
  virtual void read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> size(const ObjectName& name) const = 0;
  /// Every object under the folder `folder` ("" is all), at any depth, sorted by name; none for a
  /// folder that is absent. Writes under way (tmp/) are listed only for "tmp".
  [[nodiscard]] virtual std::vector<ObjectInfo> list(const std::string& folder) const = 0;
  /// No error when there is none.
  virtual void remove(const ObjectName& name) = 0;
  /// Moves a damaged object to damaged/<name>; a second one of that name gets a number.
  virtual void set_aside(const ObjectName& name) = 0;
  /// For messages: the folder's path.
  [[nodiscard]] virtual std::string describe() const = 0;
};

// Shorthands.

/// A whole object of at most `bytes_max` bytes; Error(limit) when larger, not_found when absent.
[[nodiscard]] Bytes read_object(const Storage& storage, const ObjectName& name,
                                std::uint64_t bytes_max);
/// False when an object of that name exists.
[[nodiscard]] bool put_object(Storage& storage, const ObjectName& name, ByteSpan content);
/// True for a name of the form above.
[[nodiscard]] bool valid_object_name(const ObjectName& name) noexcept;

}  // namespace valise
