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
    case FileNotice::Kind::pack_lost:
      return "pack_lost";
    case FileNotice::Kind::given_up:
      return "given_up";
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
    case FileNotice::Kind::unclear:
      return "unclear";
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
  const char* word = state_word(notice.kind);
  if (notice.kind == FileNotice::Kind::pack_lost) word = "its media pack is away";
  if (notice.kind == FileNotice::Kind::given_up) word = "given up";
  std::string text = fmt::format("  {}: {}", word, printable_path(notice.path));
  if (notice.size > 0) text += ", " + format_bytes(notice.size);
  if (notice.kind == FileNotice::Kind::missing_kept) text += ", kept from an earlier snapshot";
  if (!notice.reason.empty()) text += ": " + notice.reason;
  return text + '\n';
}

bool is_failure(const FileNotice& notice) noexcept {
  return notice.kind == FileNotice::Kind::unreadable || notice.kind == FileNotice::Kind::changing ||
         notice.kind == FileNotice::Kind::pack_lost;
}

std::string files_text(const FileCounts& counts, bool dry_run) {
  if (counts.files + counts.missing + counts.unreadable + counts.gone + counts.rows_outside +
              counts.special + counts.folders + counts.in_doubt ==
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
  if (counts.pack_lost > 0) {
    text += fmt::format(", {} only in media packs that are missing or damaged",
                        format_count(counts.pack_lost));
  }
  if (counts.given_up > 0) {
    text += fmt::format(", {} given up with their media packs", format_count(counts.given_up));
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
  if (counts.without_content + counts.missing_kept > counts.missing) {
    text +=
        fmt::format(", {} without content in this snapshot", format_count(counts.without_content));
  }
  if (counts.in_doubt > 0) {
    text += fmt::format(", {} kept though {} may not be named any more",
                        format_count(counts.in_doubt), counts.in_doubt == 1 ? "it" : "they");
  }
  if (const std::uint64_t elsewhere = counts.rows_outside - counts.rows_unclear; elsewhere > 0) {
    text += fmt::format(", {} outside of the source's folder", format_count(elsewhere));
  }
  if (counts.rows_unclear > 0) {
    text +=
        fmt::format(", {} that {} not say which file", format_count_of(counts.rows_unclear, "row"),
                    counts.rows_unclear == 1 ? "does" : "do");
  }
  if (counts.rows_cut_short) text += ", and not all that the rows name";
  return text + ".\n";
}

std::string lost_packs_text(const FileCounts& counts) {
  std::string text = fmt::format(
      "{} {} only in {} that cannot be read (", format_count_of(counts.pack_lost, "attachment"),
      counts.pack_lost == 1 ? "is" : "are", format_count_of(counts.packs_lost, "media pack"));
  for (std::size_t i = 0; i < counts.packs_lost_first.size(); ++i) {
    text += (i > 0 ? ", " : "") + counts.packs_lost_first[i];
  }
  if (counts.packs_lost > counts.packs_lost_first.size()) text += ", and others";
  return text +
         "): put them back, or let the sync that brings them end, and all is well; if they are "
         "gone "
         "for good, \"valise backup --drop-lost\" gives these attachments up";
}

void set_files(Json& summary, const FileCounts& counts) {
  summary["files"] = counts.files;
  summary["files_new"] = counts.files_new;
  summary["files_new_bytes"] = counts.bytes_new;
  summary["files_gone"] = counts.gone;
  summary["files_missing"] = counts.missing;
  summary["files_missing_bytes"] = counts.missing_bytes;
  summary["files_missing_kept"] = counts.missing_kept;
  summary["files_pack_lost"] = counts.pack_lost;
  summary["packs_lost"] = counts.packs_lost;
  summary["packs_lost_first"] = counts.packs_lost_first;
  summary["files_given_up"] = counts.given_up;
  summary["files_unreadable"] = counts.unreadable;
  summary["files_special"] = counts.special;
  summary["files_folders"] = counts.folders;
  summary["files_without_content"] = counts.without_content;
  summary["files_in_doubt"] = counts.in_doubt;
  summary["files_outside"] = counts.rows_outside;
  summary["rows_unclear"] = counts.rows_unclear;
  summary["rows_cut_short"] = counts.rows_cut_short;
  summary["media_bytes_added"] = counts.bytes_added;
}

}  // namespace valise::cli
