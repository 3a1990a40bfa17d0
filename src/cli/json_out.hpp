#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "valise/backup.hpp"
#include "valise/error.hpp"
#include "valise/list.hpp"
#include "valise/policy.hpp"
#include "valise/reader.hpp"
#include "valise/restore.hpp"
#include "valise/scrub.hpp"
#include "valise/sources.hpp"
#include "valise/verify.hpp"

namespace valise::cli {

// JSON lines: one object a line, each with `type`; ids in hex, sizes in bytes, times as RFC 3339 in
// UTC. Fields are only ever added.

/// Keeps fields in the order they were set: people read these lines too.
using Json = nlohmann::ordered_json;

/// The object and a newline. What is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_line(const Json& object);

/// "2026-01-31T08:00:00Z"; cut to the years 1 to 9999.
[[nodiscard]] std::string rfc3339(std::int64_t unix_seconds);
[[nodiscard]] std::string rfc3339(UnixSeconds time);

/// Sets `key` to the path; where that is not UTF-8, `<key>_b64` holds its bytes in base64 (RFC
/// 4648).
void set_path(Json& object, const std::string& key, const std::filesystem::path& path);

/// The name of a kind: "wrong_key".
[[nodiscard]] const char* kind_name(ErrorKind kind) noexcept;

[[nodiscard]] Json reader_json(const Reader& reader);
[[nodiscard]] Json readers_json(const std::vector<Reader>& readers);
[[nodiscard]] Json origin_json(const Origin& origin);
[[nodiscard]] Json error_json(const Error& error);
[[nodiscard]] Json status_json(const Progress& progress);
/// A sentence that a verb reported on the side.
[[nodiscard]] Json warning_json(const std::string& message);
[[nodiscard]] Json snapshot_json(const SnapshotRow& row);
[[nodiscard]] Json source_row_json(const SourceRow& row);
[[nodiscard]] Json backup_json(const BackupSummary& summary);
[[nodiscard]] Json restore_json(const RestoreResult& result);
[[nodiscard]] Json verified_json(const VerifiedSnapshot& snapshot);
[[nodiscard]] Json verify_json(const VerifyReport& report);
[[nodiscard]] Json scrub_finding_json(const ScrubFinding& finding);
[[nodiscard]] Json scrub_json(const ScrubReport& report);
[[nodiscard]] Json policy_json(const PolicyView& policy);

}  // namespace valise::cli
