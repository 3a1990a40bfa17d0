#include "cli/notice_out.hpp"

#include <fmt/format.h>

#include "cli/text_out.hpp"

namespace valise::cli {
namespace {

const char* state_word(FileNotice::Kind kind) noexcept {
  switch (kind) {
    case FileNotice::Kind::missing:
    case FileNotice::Kind::missing_kept:
      return "missing";
    case FileNotice::Kind::unreadable:
      return "unreadable";
    case FileNotice::Kind::changing:
      return "changing";
    case FileNotice::Kind::special:
      return "special";
    case FileNotice::Kind::folder:
      return "folder";
    case FileNotice::Kind::outside:
      return "outside";
  }
  return "unreadable";
}

}  // namespace

Json notice_json(const FileNotice& notice) {
  Json out{{"type", "file"}};
  set_path(out, "path", notice.path);
  out["state"] = state_word(notice.kind);
  out["size"] = notice.size;
  if (notice.kind == FileNotice::Kind::missing_kept) out["kept"] = true;
  if (!notice.reason.empty()) out["reason"] = notice.reason;
  return out;
}

std::string notice_text(const FileNotice& notice) {
  std::string text = fmt::format("  {}: {}", state_word(notice.kind), printable_path(notice.path));
  if (notice.size > 0) text += ", " + format_bytes(notice.size);
  if (notice.kind == FileNotice::Kind::missing_kept) text += ", kept from an earlier snapshot";
  if (!notice.reason.empty()) text += ": " + notice.reason;
  return text + '\n';
}

bool is_failure(const FileNotice& notice) noexcept {
  return notice.kind == FileNotice::Kind::unreadable || notice.kind == FileNotice::Kind::changing;
}

std::string files_text(const FileCounts& counts, bool dry_run) {
  if (counts.files + counts.missing + counts.unreadable + counts.gone + counts.rows_outside +
              counts.special + counts.folders ==
          0 &&
      !counts.rows_cut_short) {
    return {};
  }
  std::string text =
      fmt::format("  Attachments: {}, {} {} ({})", format_count_of(counts.files, "file"),
                  format_count(counts.files_new), dry_run ? "to be read" : "new",
                  format_bytes(counts.bytes_new));
  if (counts.gone > 0) text += fmt::format(", {} gone since", format_count(counts.gone));
  if (counts.missing > 0) {
    text += fmt::format(", {} missing on this disk ({}", format_count(counts.missing),
                        format_bytes(counts.missing_bytes));
    if (counts.missing_kept > 0) {
      text += fmt::format("; {} kept from earlier", format_count(counts.missing_kept));
    }
    text += ")";
  }
  if (counts.unreadable > 0) {
    text += fmt::format(", {} unreadable", format_count(counts.unreadable));
  }
  if (counts.special > 0) {
    text += fmt::format(", {} neither file nor folder", format_count(counts.special));
  }
  if (counts.folders > 0) {
    text += fmt::format(", {} named as {}", format_count_of(counts.folders, "folder"),
                        counts.folders == 1 ? "a file" : "files");
  }
  if (counts.rows_outside > 0) {
    text += fmt::format(", {} outside of the source's folder", format_count(counts.rows_outside));
  }
  if (counts.rows_cut_short) text += ", and not all that the rows name";
  return text + ".\n";
}

void set_files(Json& summary, const FileCounts& counts) {
  summary["files"] = counts.files;
  summary["files_new"] = counts.files_new;
  summary["files_new_bytes"] = counts.bytes_new;
  summary["files_gone"] = counts.gone;
  summary["files_missing"] = counts.missing;
  summary["files_missing_bytes"] = counts.missing_bytes;
  summary["files_missing_kept"] = counts.missing_kept;
  summary["files_unreadable"] = counts.unreadable;
  summary["files_special"] = counts.special;
  summary["files_folders"] = counts.folders;
  summary["files_outside"] = counts.rows_outside;
  summary["rows_cut_short"] = counts.rows_cut_short;
  summary["media_bytes_added"] = counts.bytes_added;
}

}  // namespace valise::cli
