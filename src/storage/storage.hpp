#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace valise {

/// An object's name in a vault: parts of [A-Za-z0-9._-] joined by '/', no part starting with '.',
/// at most kObjectNameBytesMax in all.
using ObjectName = std::string;

/// Leaves room for a number behind a name whose parts became one (set_aside): file systems allow
/// 255 bytes.
inline constexpr std::size_t kObjectNameBytesMax = 200;

struct ObjectInfo {
  ObjectName name;
  std::uint64_t size = 0;
  std::uint64_t modified = 0;  ///< Unix seconds, by the storage's clock.
};

/// An object being written. Destroyed before commit: nothing was put. After an Error of any call
/// only its destructor may be called. The storage must outlive it.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual void write(ByteSpan bytes) = 0;
  /// Hands on what is buffered; more may be written after it.
  virtual void flush() = 0;
  /// Reads back what was written before the last flush; Error(storage) where it is not there.
  virtual void read(std::uint64_t offset, MutableByteSpan out) const = 0;
  /// Makes it durable under its name, whole, in one step. False when an object of that name exists
  /// already: that one is left alone and this one goes. Once only. After an Error the object may be
  /// there or not, but never in part.
  [[nodiscard]] virtual bool commit() = 0;
};

/// Where a vault's objects live. Objects are written once and never modified. Every failure is an
/// Error that names the object: not_found (there is none), corrupt (it is shorter than asked, or
/// something that is no object stands in its place), storage (anything else, and a name that is
/// not of the form above). All calls are thread-safe; one writer belongs to one thread at a time.
class Storage {
 public:
  virtual ~Storage() = default;
  /// Names under tmp/ and damaged/ are refused: those folders are the storage's own.
  [[nodiscard]] virtual std::unique_ptr<ObjectWriter> put(const ObjectName& name) = 0;
  /// Fills `out` from `offset`.
  virtual void read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const = 0;
  [[nodiscard]] virtual std::optional<std::uint64_t> size(const ObjectName& name) const = 0;
  /// Hands on every object under the folder `folder` ("" is all), at any depth, in no order, and
  /// holds none of them; none for a folder that is absent. Writes under way (tmp/) and objects set
  /// aside (damaged/) are listed only when asked for. What is no object of ours is listed too, so
  /// that nothing hides from scrub: a byte of its name that is not printable ASCII, and '%', shows
  /// as %XX. No other call accepts such a name. `visit` must not write to the storage.
  virtual void scan(const std::string& folder,
                    const std::function<void(ObjectInfo object)>& visit) const = 0;
  /// The same, all at once and sorted by name.
  [[nodiscard]] std::vector<ObjectInfo> list(const std::string& folder) const;
  /// No error when there is none.
  virtual void remove(const ObjectName& name) = 0;
  /// Moves a damaged object to damaged/<name with '_' for '/'>; a second one of that name gets
  /// ".2" and so on. Error(not_found) when there is none.
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
/// True for a name under tmp/ or damaged/.
[[nodiscard]] bool reserved_object_name(const ObjectName& name) noexcept;
/// The name under which the `number`th object called `name` is set aside, from 1.
[[nodiscard]] ObjectName set_aside_name(const ObjectName& name, unsigned number);
/// Any bytes as one printable line: those that are not printable ASCII, and '%', as %XX.
[[nodiscard]] std::string printable_name(std::string_view name);

// What every storage checks before it does anything; each throws Error(storage).

void require_object_name(const ObjectName& name);
void require_put_name(const ObjectName& name);
/// "" is allowed.
void require_folder_name(const std::string& folder);

/// Throws Error(corrupt): of `asked` bytes at `offset` the object has only `got`.
[[noreturn]] void fail_short_object(const Storage& storage, const ObjectName& name,
                                    std::uint64_t offset, std::uint64_t asked, std::uint64_t got);

}  // namespace valise
