#pragma once

#include <map>
#include <mutex>

#include "storage/storage.hpp"
#include "valise/run.hpp"

namespace valise::test {

/// Storage in this process. Passes the same suite as a folder does. Thread-safe.
class MemoryStorage final : public Storage {
 public:
  struct Object {
    Bytes content;
    std::uint64_t modified = 0;
  };
  using Objects = std::map<ObjectName, Object>;

  /// `clock` outlives the storage.
  explicit MemoryStorage(const Clock& clock = system_clock()) : clock_(clock) {}

  [[nodiscard]] std::unique_ptr<ObjectWriter> put(const ObjectName& name) override;
  void read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const override;
  [[nodiscard]] std::optional<std::uint64_t> size(const ObjectName& name) const override;
  void scan(const std::string& folder, const std::function<void(ObjectInfo)>& visit) const override;
  void remove(const ObjectName& name) override;
  void set_aside(const ObjectName& name) override;
  [[nodiscard]] std::string describe() const override { return "memory"; }

  // What only a test may do.

  /// A copy of all there is, and back to such a copy.
  [[nodiscard]] Objects snapshot() const;
  void reset_to(Objects objects);
  /// Puts bytes in the place of an object, or makes one: damage, a forgery, a roll-back.
  void overwrite(const ObjectName& name, Bytes content);
  [[nodiscard]] Bytes content(const ObjectName& name) const;

 private:
  class Writer;
  bool put_if_absent(const ObjectName& name, Bytes content);

  const Clock& clock_;
  mutable std::mutex mutex_;
  Objects objects_;
};

}  // namespace valise::test
