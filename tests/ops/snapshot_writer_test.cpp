#include "ops/snapshot_writer.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "ops/increment_capture.hpp"
#include "ops/memory_scene.hpp"
#include "support/error_kind.hpp"

namespace {

using namespace valise;
using namespace valise::test;

constexpr std::uint32_t kPageBytes = 512;
const Bytes16 kSourceId{9};

/// Pages in memory, and what it says of those that have changed.
class MadeUpContent final : public SnapshotContent {
 public:
  explicit MadeUpContent(std::uint32_t pages) : content_(std::size_t{pages} * kPageBytes, 1) {}

  void change(std::uint32_t page, std::uint8_t value) {
    std::fill_n(content_.begin() + std::ptrdiff_t{page - 1} * kPageBytes, kPageBytes, value);
  }
  [[nodiscard]] Bytes32 root() const {
    PageRoot root(kPageBytes, page_count());
    for (std::uint32_t page = 1; page <= page_count(); ++page) root.add(page_hash(bytes(page)));
    return root.finish();
  }
  /// Told by capture_changes; without them it knows of none.
  std::optional<std::vector<std::uint32_t>> changes;
  std::uint64_t captured = 0;  ///< Pages handed over.

  [[nodiscard]] std::uint32_t page_size() const override { return kPageBytes; }
  [[nodiscard]] std::uint32_t page_count() const override {
    return static_cast<std::uint32_t>(content_.size() / kPageBytes);
  }
  [[nodiscard]] Manifest start_manifest() const override {
    Manifest manifest;
    manifest.source.name = "made-up.db";
    manifest.database.page_size = kPageBytes;
    manifest.database.page_count = page_count();
    return manifest;
  }
  void capture(PageSink& sink) override {
    for (std::uint32_t page = 2; page <= page_count(); ++page) hand_over(page, sink);
    hand_over(1, sink);
  }
  [[nodiscard]] bool capture_changes(const SourceState&, IncrementCapture& capture) override {
    if (!changes) return false;
    for (std::uint32_t page = 2; page <= page_count(); ++page) one(page, capture);
    one(1, capture);
    return true;
  }
  [[nodiscard]] ContentSummary summarize() override {
    return {"sqlite", "0", 3, std::nullopt, std::nullopt};
  }
  void check_root(const Bytes32& page_root) const override {
    if (page_root != root()) throw Error(ErrorKind::corrupt, "another root");
  }

 private:
  [[nodiscard]] ByteSpan bytes(std::uint32_t page) const {
    return ByteSpan(content_).subspan(std::size_t{page - 1} * kPageBytes, kPageBytes);
  }
  void hand_over(std::uint32_t page, PageSink& sink) {
    ++captured;
    sink.page(page, bytes(page));
  }
  void one(std::uint32_t page, IncrementCapture& capture) {
    const bool changed = std::find(changes->begin(), changes->end(), page) != changes->end();
    changed ? hand_over(page, capture) : capture.unchanged(page, 1);
  }

  Bytes content_;
};

/// A vault in memory and a turn at writing into it.
class WriterScene : public MemoryScene {
 public:
  WriterScene() { move_to_memory(); }
  BackupSummary write(MadeUpContent& content) {
    const Run run = fixture.run();
    WriterSession session = WriterSession::open(vault, run, Turn::write);
    BackupSummary summary;
    write_snapshot({session, run, content, summary, kSourceId}, session.state.source(kSourceId));
    return summary;
  }
  [[nodiscard]] std::optional<SourceState> remembered() {
    const Run run = fixture.run();
    return WriterSession::open(vault, run, Turn::look).state.source(kSourceId);
  }
};

}  // namespace

TEST_CASE("an increment that is told what has changed looks at nothing else") {
  WriterScene scene;
  MadeUpContent content(2'000);
  static_cast<void>(scene.write(content));
  content.change(1, 2);
  content.change(700, 2);
  content.change(2'000, 2);
  content.captured = 0;
  SUBCASE("exactly") { content.changes = {1, 700, 2'000}; }
  SUBCASE("and more") { content.changes = {1, 2, 3, 700, 1'500, 2'000}; }
  SUBCASE("nothing is told") {}
  const BackupSummary summary = scene.write(content);
  CHECK(summary.why_full == "");
  CHECK(summary.pages_changed == 3);
  CHECK(content.captured == (content.changes ? content.changes->size() : 2'000));
  const auto state = scene.remembered();
  REQUIRE(state);
  CHECK(state->chain.size() == 2);
  CHECK(state->page_root == content.root());
}

TEST_CASE("a change that is kept from an increment shows before anything is committed") {
  WriterScene scene;
  MadeUpContent content(600);
  static_cast<void>(scene.write(content));
  const Bytes32 before = content.root();
  const MemoryStorage::Objects objects = scene.vault.snapshot();
  content.change(5, 2);
  content.change(300, 2);
  SUBCASE("one page") { content.changes = {5}; }
  SUBCASE("every page") { content.changes = std::vector<std::uint32_t>{}; }
  CHECK(kind_of([&] { static_cast<void>(scene.write(content)); }) == ErrorKind::corrupt);
  CHECK(scene.vault.snapshot().size() == objects.size());
  CHECK(scene.remembered()->page_root == before);
  INFO("told right, it goes on as if nothing had been");
  content.changes = {5, 300};
  CHECK(scene.write(content).pages_changed == 2);
}
