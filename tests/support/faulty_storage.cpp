#include "support/faulty_storage.hpp"

#include <type_traits>

#include "base/error.hpp"

namespace valise::test {
namespace {

[[noreturn]] void fail_by_plan(const ObjectName& name) {
  throw Error(ErrorKind::storage, "a planned fault at \"" + name + "\"");
}

}  // namespace

FaultyStorage::Fate FaultyStorage::next(StorageCall call) const {
  using Kind = FaultPlan::Kind;
  const std::lock_guard lock(mutex_);
  ++calls_[static_cast<std::size_t>(call)];
  const bool counted = (plan_.counted & only(call)) != 0;
  if (counted) ++counted_;
  const bool crashes = plan_.kind == Kind::crash || plan_.kind == Kind::crash_after;
  if (failed_ && crashes) return Fate::fail;
  if (!counted || failed_ || counted_ != plan_.fail_at) return Fate::pass;
  failed_ = true;
  if (plan_.kind == Kind::error_after || plan_.kind == Kind::crash_after) return Fate::fail_after;
  return plan_.kind == Kind::torn_write ? Fate::tear : Fate::fail;
}

template <typename Work>
auto FaultyStorage::call(StorageCall kind, const ObjectName& name, Work work) const {
  const Fate fate = next(kind);
  if (fate == Fate::fail || fate == Fate::tear) fail_by_plan(name);
  if constexpr (std::is_void_v<decltype(work())>) {
    work();
    if (on_done) on_done(kind, name);
    if (fate == Fate::fail_after) fail_by_plan(name);
  } else {
    auto result = work();
    if (on_done) on_done(kind, name);
    if (fate == Fate::fail_after) fail_by_plan(name);
    return result;
  }
}

class FaultyStorage::Writer final : public ObjectWriter {
 public:
  Writer(const FaultyStorage& storage, ObjectName name, std::unique_ptr<ObjectWriter> inner)
      : storage_(storage), name_(std::move(name)), inner_(std::move(inner)) {}

  void write(ByteSpan bytes) override {
    const Fate fate = storage_.next(StorageCall::write);
    if (fate == Fate::fail) fail_by_plan(name_);
    inner_->write(fate == Fate::tear ? bytes.first(bytes.size() / 2) : bytes);
    if (fate != Fate::pass) fail_by_plan(name_);
  }

  void flush() override {
    storage_.call(StorageCall::write, name_, [&] { inner_->flush(); });
  }

  void read(std::uint64_t offset, MutableByteSpan out) const override {
    storage_.call(StorageCall::read, name_, [&] { inner_->read(offset, out); });
  }

  [[nodiscard]] bool commit() override {
    return storage_.call(StorageCall::commit, name_, [&] { return inner_->commit(); });
  }

 private:
  const FaultyStorage& storage_;
  ObjectName name_;
  std::unique_ptr<ObjectWriter> inner_;
};

std::unique_ptr<ObjectWriter> FaultyStorage::put(const ObjectName& name) {
  auto inner = call(StorageCall::put, name, [&] { return inner_.put(name); });
  return std::make_unique<Writer>(*this, name, std::move(inner));
}

void FaultyStorage::read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const {
  call(StorageCall::read, name, [&] { inner_.read(name, offset, out); });
}

std::optional<std::uint64_t> FaultyStorage::size(const ObjectName& name) const {
  return call(StorageCall::size, name, [&] { return inner_.size(name); });
}

void FaultyStorage::scan(const std::string& folder,
                         const std::function<void(ObjectInfo)>& visit) const {
  call(StorageCall::list, folder, [&] { inner_.scan(folder, visit); });
}

void FaultyStorage::remove(const ObjectName& name) {
  call(StorageCall::remove, name, [&] { inner_.remove(name); });
}

void FaultyStorage::set_aside(const ObjectName& name) {
  call(StorageCall::set_aside, name, [&] { inner_.set_aside(name); });
}

std::uint64_t FaultyStorage::counted_calls() const {
  const std::lock_guard lock(mutex_);
  return counted_;
}

std::uint64_t FaultyStorage::calls(StorageCall call) const {
  const std::lock_guard lock(mutex_);
  return calls_[static_cast<std::size_t>(call)];
}

bool FaultyStorage::failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

}  // namespace valise::test
