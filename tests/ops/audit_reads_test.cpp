#include <doctest/doctest.h>

#include <map>
#include <mutex>

#include "ops/audit.hpp"
#include "ops/audit_scene.hpp"
#include "support/faulty_storage.hpp"
#include "support/vault_fixture.hpp"

namespace valise::test {
namespace {

/// Passes reading on and remembers how much of what was read; refuses everything else.
class CountingStorage final : public Storage {
 public:
  explicit CountingStorage(Storage& inner) : inner_(inner) {}

  [[nodiscard]] std::unique_ptr<ObjectWriter> put(const ObjectName& name) override {
    return refuse(name), nullptr;
  }
  void read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const override {
    inner_.read(name, offset, out);
    const std::lock_guard lock(mutex_);
    ++reads_[name];
    bytes_[name] += out.size();
  }
  [[nodiscard]] std::optional<std::uint64_t> size(const ObjectName& name) const override {
    return inner_.size(name);
  }
  void scan(const std::string& folder,
            const std::function<void(ObjectInfo)>& visit) const override {
    const std::lock_guard lock(mutex_);
    ++lists_[folder];
    inner_.scan(folder, visit);
  }
  void remove(const ObjectName& name) override { refuse(name); }
  void set_aside(const ObjectName& name) override { refuse(name); }
  [[nodiscard]] std::string describe() const override { return inner_.describe(); }

  [[nodiscard]] const auto& reads() const { return reads_; }
  [[nodiscard]] const auto& bytes() const { return bytes_; }
  [[nodiscard]] const auto& lists() const { return lists_; }

 private:
  static void refuse(const ObjectName& name) {
    throw Error(ErrorKind::internal, "an audit changes nothing, and not " + name);
  }

  Storage& inner_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::uint64_t> reads_;
  mutable std::map<std::string, std::uint64_t> bytes_;
  mutable std::map<std::string, std::uint64_t> lists_;
};

/// Counts what it is told.
class NoHalfReport final : public AuditSink {
 public:
  void begin(const AuditedVault&) override { ++calls; }
  void backup(const AuditedVault&, const AuditedBackup&) override { ++calls; }
  void finding(const AuditedVault&, const AuditFinding&) override { ++calls; }
  void end(const AuditedVault&) override { ++calls; }
  void unreadable(const std::filesystem::path&, const Error&) override { ++calls; }
  void total(const AuditTotal&) override { ++calls; }
  unsigned calls = 0;
};

AuditReport audit_counted(CountingStorage& storage, const Run& run) {
  return audit_in(storage, run, {}, [&]() -> Unlock {
    throw Error(ErrorKind::internal, "an audit without --deep asks for no key");
  });
}

}  // namespace

TEST_CASE("an audit to L1 needs no key, reads small objects once, and lists each folder once") {
  AuditScene scene;
  scene.nights(20);
  scene.vault.set_policy(2, {"alice", "bob", "carol"});
  const auto escrowed = scene.nights(30);
  scene.vault.drill(escrowed[7], "bob");
  scene.clock.set(scene.vault.now);
  CountingStorage storage(scene.vault.storage());
  const AuditReport report = audit_counted(storage, scene.run());
  CHECK(report.backup_count == 50);
  CHECK_FALSE(report.has_errors());
  for (const auto& read : storage.reads()) {
    const std::string& name = read.first;
    CAPTURE(name);
    CHECK(read.second == 1);
    const std::uint64_t size = *scene.vault.storage().size(name);
    // An entry of 3 agents has 880 + 112 bytes; a container's tail has 12 more.
    CHECK(storage.bytes().at(name) <= 1004);
    if (name.starts_with("backups/")) CHECK(storage.bytes().at(name) < size);
    CHECK_FALSE(name.starts_with("keys/"));
    CHECK_FALSE(name.starts_with("media/"));
  }
  CHECK(storage.reads().size() == 1 + 3 + 50 + 50 + 1);  // vault, owner's log, log, tails, drill
  for (const auto& list : storage.lists()) {
    CAPTURE(list.first);
    CHECK(list.second == 1);
  }
}

TEST_CASE("an audit reads no more of a large container than of a small one") {
  VaultFixture fixture;
  const std::string snapshot = fixture.back_up().snapshot;
  const auto vault = fixture.in_memory();
  CountingStorage storage(*vault);
  static_cast<void>(audit_counted(storage, fixture.run("auditor")));
  const std::string container = "backups/" + snapshot + ".valise";
  CHECK(storage.bytes().at(container) == 544 + 12);
  CHECK(*vault->size(container) > 10 * storage.bytes().at(container));
}

TEST_CASE("an audit whose storage fails says so, and reports nothing by halves") {
  AuditScene scene;
  scene.vault.set_policy(1, {"alice"});
  const auto snapshots = scene.nights(5);
  scene.vault.drill(snapshots[0], "alice");
  scene.clock.set(scene.vault.now);
  std::uint64_t fail_at = 1;
  for (;; ++fail_at) {
    FaultyStorage storage(scene.vault.storage(), {.fail_at = fail_at});
    NoHalfReport sink;
    try {
      audit_in(storage, scene.run(), {}, {}, sink);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::storage);
      CHECK(sink.calls == 0);
    }
    if (!storage.failed()) {
      CHECK(sink.calls == 1 + 5 + 1);
      break;
    }
  }
  CHECK(fail_at > 3 + 2 + 5 * 2 + 1);
}

}  // namespace valise::test
