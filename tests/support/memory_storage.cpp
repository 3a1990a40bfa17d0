#include "support/memory_storage.hpp"

#include "base/error.hpp"

namespace valise::test {
namespace {

bool lies_under(const ObjectName& name, const std::string& folder) {
  return folder.empty() ? !reserved_object_name(name) : name.starts_with(folder + "/");
}

[[noreturn]] void fail_not_found(const ObjectName& name) {
  throw Error(ErrorKind::not_found, "there is no " + name + " in memory");
}

}  // namespace

class MemoryStorage::Writer final : public ObjectWriter {
 public:
  Writer(MemoryStorage& storage, ObjectName name) : storage_(storage), name_(std::move(name)) {}
  void write(ByteSpan bytes) override { append(content_, bytes); }
  void flush() override {}
  void read(std::uint64_t offset, MutableByteSpan out) const override {
    if (offset > content_.size() || content_.size() - offset < out.size()) {
      throw Error(ErrorKind::storage, name_ + " reads back shorter than written");
    }
    std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  }
  [[nodiscard]] bool commit() override {
    if (committed_) throw Error(ErrorKind::internal, name_ + " was committed twice");
    committed_ = true;
    // A copy: what was written may be read at the same time.
    return storage_.put_if_absent(name_, content_);
  }

 private:
  MemoryStorage& storage_;
  ObjectName name_;
  Bytes content_;
  bool committed_ = false;
};

std::unique_ptr<ObjectWriter> MemoryStorage::put(const ObjectName& name) {
  require_put_name(name);
  return std::make_unique<Writer>(*this, name);
}

bool MemoryStorage::put_if_absent(const ObjectName& name, Bytes content) {
  const std::lock_guard lock(mutex_);
  // A folder's file system refuses an object below an object, and one in the place of a folder.
  for (std::size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    if (objects_.contains(name.substr(0, slash))) {
      throw Error(ErrorKind::storage, name + " lies below an object");
    }
  }
  const auto next = objects_.lower_bound(name + "/");
  if (next != objects_.end() && next->first.starts_with(name + "/")) {
    throw Error(ErrorKind::corrupt, name + " is a folder");
  }
  return objects_.try_emplace(name, Object{std::move(content), clock_.now()}).second;
}

void MemoryStorage::read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const {
  require_object_name(name);
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(name);
  if (found == objects_.end()) fail_not_found(name);
  const ByteSpan content = found->second.content;
  const ByteSpan rest = content.subspan(std::min<std::uint64_t>(offset, content.size()));
  if (rest.size() < out.size()) fail_short_object(*this, name, offset, out.size(), rest.size());
  std::copy_n(rest.begin(), out.size(), out.begin());
}

std::optional<std::uint64_t> MemoryStorage::size(const ObjectName& name) const {
  require_object_name(name);
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(name);
  if (found == objects_.end()) return std::nullopt;
  return found->second.content.size();
}

void MemoryStorage::scan(const std::string& folder,
                         const std::function<void(ObjectInfo)>& visit) const {
  require_folder_name(folder);
  const std::lock_guard lock(mutex_);
  for (const auto& [name, object] : objects_) {
    if (lies_under(name, folder)) visit({name, object.content.size(), object.modified});
  }
}

void MemoryStorage::remove(const ObjectName& name) {
  require_object_name(name);
  const std::lock_guard lock(mutex_);
  objects_.erase(name);
}

void MemoryStorage::set_aside(const ObjectName& name) {
  require_put_name(name);
  const std::lock_guard lock(mutex_);
  auto moved = objects_.extract(name);
  if (!moved) fail_not_found(name);
  unsigned number = 1;
  while (objects_.contains(set_aside_name(name, number))) ++number;
  moved.key() = set_aside_name(name, number);
  objects_.insert(std::move(moved));
}

MemoryStorage::Objects MemoryStorage::snapshot() const {
  const std::lock_guard lock(mutex_);
  return objects_;
}

void MemoryStorage::reset_to(Objects objects) {
  const std::lock_guard lock(mutex_);
  objects_ = std::move(objects);
}

void MemoryStorage::overwrite(const ObjectName& name, Bytes content) {
  const std::lock_guard lock(mutex_);
  objects_[name] = {std::move(content), clock_.now()};
}

Bytes MemoryStorage::content(const ObjectName& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(name);
  if (found == objects_.end()) fail_not_found(name);
  return found->second.content;
}

}  // namespace valise::test
