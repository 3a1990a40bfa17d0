#include <fmt/format.h>

#include "cli/files_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

const char* change_name(FileChange::Kind kind) noexcept {
  switch (kind) {
    case FileChange::Kind::came:
      return "came";
    case FileChange::Kind::changed:
      return "changed";
    case FileChange::Kind::went:
      break;
  }
  return "went";
}

Json side_json(const DiffSide& side) {
  Json out{{"snapshot", side.snapshot},
           {"time", rfc3339(side.time)},
           {"source", side.source},
           {"name", side.name},
           {"messages", side.messages}};
  out["first_message"] = side.first_message ? Json(rfc3339(*side.first_message)) : Json(nullptr);
  out["last_message"] = side.last_message ? Json(rfc3339(*side.last_message)) : Json(nullptr);
  return out;
}

Json changes_json(const FileChanges& changes) {
  return {{"files", changes.files}, {"bytes", changes.bytes}};
}

}  // namespace

Json file_json(const SnapshotFile& file) {
  Json out{{"type", "file"}};
  set_path(out, "path", file.path);
  out["state"] = file_state_name(file.state);
  out["size"] = file.size;
  if (file.state == SnapshotFileState::missing) return out;
  out["mtime"] = rfc3339(mtime_seconds(file.mtime_ns));
  out["mode"] = fmt::format("{:04o}", file.mode);
  if (file.state == SnapshotFileState::link) {
    set_path(out, "link", file.link);
  } else {
    out["content_hash"] = file.content_hash;
  }
  return out;
}

Json listed_files_json(const ListedFiles& listed) {
  return {{"type", "summary"},
          {"snapshot", listed.snapshot},
          {"files", listed.files},
          {"files_bytes", listed.bytes},
          {"links", listed.links},
          {"files_missing", listed.missing},
          {"files_missing_bytes", listed.missing_bytes}};
}

Json change_json(const FileChange& change) {
  Json out{{"type", "file"}, {"change", change_name(change.kind)}};
  set_path(out, "path", change.path);
  const auto side = [](const std::optional<SnapshotFile>& file) {
    if (!file) return Json(nullptr);
    Json one = file_json(*file);
    for (const char* key : {"type", "path", "path_b64"}) one.erase(key);
    return one;
  };
  out["before"] = side(change.before);
  out["after"] = side(change.after);
  return out;
}

Json diff_json(const DiffResult& result) {
  return {{"type", "summary"},
          {"before", side_json(result.before)},
          {"after", side_json(result.after)},
          {"same_source", result.same_source},
          {"same_database", result.same_database},
          {"came", changes_json(result.came)},
          {"changed", changes_json(result.changed)},
          {"went", changes_json(result.went)}};
}

Json file_faults_json(const FileFaults& files) {
  Json out = Json::array();
  for (const FileFault& file : files.first) {
    Json one;
    set_path(one, "path", file.path);
    one["problem"] = file.problem;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace valise::cli
