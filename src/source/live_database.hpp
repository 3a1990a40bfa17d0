#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "source/media_place.hpp"
#include "valise/run.hpp"

namespace valise {

/// What a database holds, as its profile counts it. `profile` is "imessage", "whatsapp-android",
/// "whatsapp-ios", "signal-desktop", "signal-android" or "sqlite"; for "sqlite" messages = rows of
/// all ordinary tables. Times are Unix seconds.
struct ContentSummary {
  std::string profile;
  std::string schema_version;
  std::uint64_t messages = 0;
  std::optional<std::int64_t> first_message;
  std::optional<std::int64_t> last_message;
  std::vector<std::string> absent_tables = {};  ///< Of those that the profile looks for.
};

/// Receives the pages of a capture, each once, ascending, page 1 last. The lock page never comes.
class PageSink {
 public:
  virtual ~PageSink() = default;
  virtual void page(std::uint32_t number, ByteSpan bytes) = 0;
};

struct LiveDatabaseOptions {
  std::uint32_t busy_wait_ms = 10'000;  ///< How long to wait for a writer that holds the file.
};

/// One read transaction on a database that another process may be writing. Opens it read-only,
/// never checkpoints, writes nothing but what SQLite itself needs to read a WAL. One call at a
/// time, from any thread. Every failure is Error(source) naming the path and saying what to do: no
/// such file, no permission (on macOS: Full Disk Access), a folder, empty, not a database,
/// encrypted, truncated, busy for too long.
class LiveDatabase {
 public:
  [[nodiscard]] static LiveDatabase open(const std::filesystem::path& path,
                                         const LiveDatabaseOptions& options = {});
  LiveDatabase(LiveDatabase&&) noexcept;
  LiveDatabase& operator=(LiveDatabase&&) noexcept;
  ~LiveDatabase();

  [[nodiscard]] std::uint32_t page_size() const noexcept;
  [[nodiscard]] std::uint32_t page_count() const noexcept;
  /// The name of the app's profile, by the tables alone: quick, nothing is counted.
  [[nodiscard]] std::string profile();
  /// Recognises the app by its tables and counts, in the same transaction as capture.
  [[nodiscard]] ContentSummary summarize();
  /// The attachments that the rows name, in the same transaction as capture. What the schema lacks
  /// names none; rows are never an error, whatever is in them. Their paths take `bytes_max` of
  /// memory at most.
  [[nodiscard]] AttachmentRows attachment_rows(std::size_t bytes_max = kNamedFilesBytesMax);
  /// Hands every page to `sink`, in one step of SQLite's backup interface, without a temporary
  /// copy. An exception of the sink ends the capture and is thrown on from here.
  void capture(PageSink& sink);

 private:
  struct State;
  explicit LiveDatabase(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The database that `source` names: itself if it is a file, else the one in that folder that a
/// profile recognises by its tables. Throws Error(source) when there is none, or several (it lists
/// them). The result is canonical (symbolic links resolved).
[[nodiscard]] std::filesystem::path resolve_source(const std::filesystem::path& source);

/// A database where an app usually keeps it; `profile` is what stands there if it is that app's.
struct UsualSource {
  std::filesystem::path path;
  std::string profile;
};

/// Where the apps that the profiles know keep their databases here and now: those that exist.
[[nodiscard]] std::vector<UsualSource> usual_sources();

/// What ContentSummary::profile may be.
[[nodiscard]] std::vector<std::string> profile_names();

}  // namespace valise
