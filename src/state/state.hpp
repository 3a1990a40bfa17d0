#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "crypto/secret.hpp"
#include "format/manifest.hpp"
#include "format/page_records.hpp"
#include "state/catalog_chunk.hpp"

namespace valise {

/// The state cannot be used as it is. It is disposable: discard_state and a full backup mend it.
class StateError : public Error {
 public:
  explicit StateError(const std::string& message) : Error(ErrorKind::storage, message) {}
};

/// One container of a source's chain, as this device wrote it.
struct ChainMember {
  Bytes16 bid{};
  Bytes32 entry_id{};
  std::uint64_t seq = 0;
  std::uint64_t bytes = 0;
};

/// The last committed snapshot of one source.
struct SourceState {
  Bytes16 source{};
  std::uint32_t page_size = 0;
  std::uint32_t page_count = 0;
  Bytes32 page_root{};
  Bytes32 policy{};
  std::vector<ChainMember> chain;  ///< The full first.
};

/// What `list` can say of this device's own snapshots without a key.
struct SnapshotNote {
  Bytes16 bid{};
  std::string name;
  std::string profile;
  std::uint64_t messages = 0;
  std::uint64_t captured_at = 0;                    ///< Unix seconds.
  std::optional<OriginInfo> origin = std::nullopt;  ///< Of a copy.
};

/// A group of last night's pages, sealed under the state's key.
struct FrameAt {
  std::int64_t row = 0;
  Bytes16 generation{};
  std::uint64_t number = 0;
  std::uint32_t plain_bytes = 0;
  std::uint64_t offset = 0;  ///< In the source's page file.
  std::uint32_t sealed_bytes = 0;
};

/// A media pack that this device wrote.
struct PackAt {
  Bytes32 id{};
  std::uint64_t bytes = 0;
};

/// The hashes of so many pages stand in one row.
inline constexpr std::uint32_t kHashChunkPages = 512;

/// A frame of which at most one page in so many is still the newest of its number is sparse.
inline constexpr std::size_t kSparseShare = 3;

/// What a writer remembers between two nights: last night's page hashes and pages, the chain, and a
/// signed entry that may not be published yet. A SQLite database of mode 0600, and beside it a page
/// file for each source; hashes and pages are sealed under a key derived from the credential. Not
/// thread-safe, but where a function says so.
class State {
 public:
  /// Opens or creates <state>/<vault id>/state.db. A file that is no state of this version is
  /// replaced by an empty one, and page files that it does not name go. Throws StateError.
  [[nodiscard]] static State open(const std::filesystem::path& state_dir, const Bytes16& vault_id,
                                  ByteSpan credential_secret);
  /// The state as it is, for verbs that only look: nothing when there is none or it cannot be used.
  [[nodiscard]] static std::optional<State> look(const std::filesystem::path& state_dir,
                                                 const Bytes16& vault_id,
                                                 ByteSpan credential_secret);
  /// An empty state that touches no file and lasts as long as the object.
  [[nodiscard]] static State in_memory(ByteSpan credential_secret);
  State(State&&) noexcept;
  State& operator=(State&&) noexcept;
  ~State();

  [[nodiscard]] std::optional<SourceState> source(const Bytes16& source) const;
  /// The ids of those that it knows a snapshot of.
  [[nodiscard]] std::vector<Bytes16> sources() const;
  [[nodiscard]] std::optional<Bytes> pending_entry() const;
  void clear_pending();
  [[nodiscard]] std::optional<SnapshotNote> note(const Bytes16& bid) const;

  /// What a scrub found damaged, instead of what an earlier one found; a chain that needs one of
  /// these objects is not continued.
  void note_damage(const std::vector<std::string>& objects);
  [[nodiscard]] bool is_damaged(const std::string& object) const;

  // Reading last night's pages.

  /// 32 bytes for each page of chunk `chunk`; nothing when they are not at hand or do not open.
  [[nodiscard]] std::optional<Bytes> hashes(const Bytes16& source, std::uint32_t chunk) const;
  /// For each of `wanted` (ascending) the newest frame that holds it: calls `each` with the frame
  /// and those of its pages that are wanted. False when a page is in no frame.
  [[nodiscard]] bool find_frames(
      const Bytes16& source, const PageList& wanted,
      const std::function<void(const FrameAt& frame, PageList pages)>& each) const;
  /// Frames of a database of `page_count` pages of which few pages, one in kSparseShare at most,
  /// are still the newest of their number: calls `each` with the frame and those pages.
  void find_sparse_frames(
      const Bytes16& source, std::uint32_t page_count,
      const std::function<void(const FrameAt& frame, PageList live)>& each) const;
  /// Empty or short when the page file does not read or is not what the state says; open_frame then
  /// refuses it.
  [[nodiscard]] Bytes read_frame(const Bytes16& source, const FrameAt& frame) const;
  /// The record payload in a sealed frame; nothing when it does not open. Thread-safe.
  [[nodiscard]] std::optional<Bytes> open_frame(const FrameAt& frame, ByteSpan sealed) const;
  /// Seals a record payload as frame `number` of `generation` (the bid of its snapshot).
  /// Thread-safe.
  [[nodiscard]] Bytes seal_frame(const Bytes16& generation, std::uint64_t number,
                                 ByteSpan payload) const;

  // Writing tonight's: one transaction from begin to commit.

  /// For a full: drops all that is kept of the source and starts a new page file for it.
  void begin_anew(const Bytes16& source);
  /// For an increment: goes on in the source's page file.
  void begin(const Bytes16& source);
  void put_frame(const Bytes16& source, const FrameAt& frame, const PageList& pages,
                 ByteSpan sealed);
  void put_hashes(const Bytes16& source, const Bytes16& generation, std::uint32_t chunk,
                  ByteSpan hashes);
  /// Makes the page file durable. commit does it too; here it can be done on another thread while
  /// this one finishes the container.
  void sync_pages();
  /// Removes frames of which no page is the newest any more, hash rows beyond the last page, and
  /// then writes the source, the note and the pending entry, and commits.
  void commit(const SourceState& state, const SnapshotNote& note, ByteSpan pending_entry);
  void roll_back() noexcept;

  /// Drops the pages, the hashes and the chain of a source; its notes stay. Its next snapshot is a
  /// full. Not between begin and commit. No error when nothing is kept of it.
  void forget(const Bytes16& source);

  // Attachments. A source's catalog is a list of chunks, ascending by path; one that did not change
  // is named again by the next catalog. Chunks that no catalog names are of a run under way, or of
  // one that was cut short.

  /// The chunks of the last committed snapshot's catalog, in order; none where there is none.
  [[nodiscard]] std::vector<std::int64_t> catalog(const Bytes16& source) const;
  /// All chunks, of all sources.
  [[nodiscard]] std::vector<std::int64_t> catalog_chunks() const;
  /// Throws StateError when the chunk is gone or does not open.
  [[nodiscard]] std::vector<StoredFile> catalog_files(std::int64_t chunk) const;
  /// Media packs by the state's number for them; those that became durable.
  [[nodiscard]] std::map<std::uint32_t, PackAt> packs() const;

  /// A transaction for what follows, besides that of a snapshot: what a run has sealed so far is
  /// known to the next one even if this one is cut short.
  void begin_catalog();
  void commit_catalog();
  /// Returns the chunk's number. `files`: ascending by path.
  [[nodiscard]] std::int64_t put_catalog_files(const Bytes16& source,
                                               const std::vector<StoredFile>& files);
  /// A pack that is being filled for `source`. It stays known until a catalog of the source is set
  /// that does not name it, and as long as that of another source does.
  [[nodiscard]] std::uint32_t new_pack(const Bytes16& source);
  void note_pack(std::uint32_t number, const PackAt& pack);
  /// Between begin and commit of a snapshot: its catalog is these chunks, and their rows name these
  /// packs. The source's other chunks go, and packs that no source needs any more.
  void set_catalog(const Bytes16& source, const std::vector<std::int64_t>& chunks,
                   const std::set<std::uint32_t>& packs);
  /// The packs that the last committed catalog of the source names.
  [[nodiscard]] std::set<std::uint32_t> catalog_packs(const Bytes16& source) const;

 private:
  struct Parts;
  explicit State(std::unique_ptr<Parts> parts);
  using EachFrame = std::function<void(const FrameAt& frame, PageList live, std::size_t pages)>;
  void walk_frames(const Bytes16& source, std::uint32_t page_count, const EachFrame& each) const;
  void drop_dead_frames(const SourceState& state);
  void set_packs(const Bytes16& source, const std::set<std::uint32_t>& packs);
  std::unique_ptr<Parts> parts_;
};

/// Rolls the state's transaction back unless it was committed.
class StateTurn {
 public:
  explicit StateTurn(State& state) : state_(state) {}
  ~StateTurn() { state_.roll_back(); }
  StateTurn(const StateTurn&) = delete;
  StateTurn& operator=(const StateTurn&) = delete;

 private:
  State& state_;
};

/// Deletes the state of a vault. The next backup of each source is a full.
void discard_state(const std::filesystem::path& state_dir, const Bytes16& vault_id);

/// <state>/<vault id>
[[nodiscard]] std::filesystem::path state_folder(const std::filesystem::path& state_dir,
                                                 const Bytes16& vault_id);

}  // namespace valise
