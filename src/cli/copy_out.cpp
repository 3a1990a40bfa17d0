#include "cli/copy_out.hpp"

#include <fmt/format.h>

#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

std::string who(const CopyReaders& readers) { return format_readers(readers.readers, readers.k); }

std::string days(const CopyPlan& plan) {
  const std::string first = format_day(plan.first);
  const std::string last = format_day(plan.last);
  return first == last ? "of " + first : "of " + first + " to " + last;
}

Json copy_readers_json(const CopyReaders& readers) {
  return {{"policy", readers.policy},
          {"k", readers.k},
          {"readers", readers_json(readers.readers)},
          {"snapshots", readers.snapshots}};
}

}  // namespace

std::string copy_plan_text(const CopyPlan& plan, bool dry_run) {
  std::string text;
  if (plan.snapshots > 0) {
    text = fmt::format(
        "{} {} of {}, {}\n  from {}\n  to {}{}\n", dry_run ? "Would copy" : "Copying",
        format_count_of(plan.snapshots, "snapshot"), format_count_of(plan.sources, "source"),
        days(plan), printable_path(plan.from_path), printable_path(plan.to_path),
        plan.same_vault() ? ", the same vault, under its policy in force" : "");
    for (const CopyReaders& readers : plan.from) {
      text += "  Who can open the originals: " + who(readers);
      if (plan.from.size() > 1) text += fmt::format(" ({} of them)", readers.snapshots);
      text += plan.same_vault() ? ".\n" : " of the old vault.\n";
    }
    text += "  Who can open the copies: " + who(plan.to) +
            (plan.same_vault() ? ".\n" : " of the new vault.\n");
  }
  if (plan.copied_before > 0) {
    text += fmt::format("{} there already, under these readers.\n",
                        plan.copied_before == 1
                            ? "1 snapshot stands"
                            : format_count(plan.copied_before) + " snapshots stand");
  }
  if (text.empty()) text = "There is nothing to copy.\n";
  return text;
}

std::string copied_text(const BackupSummary& summary) {
  std::string text = fmt::format("{} {} as it was on {}: {}", printable_path(summary.source),
                                 short_id(summary.copied_from), format_time(summary.captured_at),
                                 summary.full ? "a full" : "an increment");
  if (summary.full && !summary.why_full.empty()) text += " (" + printable(summary.why_full) + ")";
  return text + fmt::format(" {}, {}, {} added, {}\n", short_id(summary.snapshot),
                            format_count_of(summary.messages, "message"),
                            format_bytes(summary.bytes_added), format_seconds(summary.seconds));
}

std::string copy_text(const CopyReport& report, bool dry_run) {
  if (dry_run) return {};
  std::string text =
      fmt::format("{} copied, {} added, {}.\n", format_count_of(report.copies.size(), "snapshot"),
                  format_bytes(report.bytes_added), format_seconds(report.seconds));
  for (const std::string& line : report.consequences) text += "  - " + printable(line) + "\n";
  return text;
}

Json copy_plan_json(const CopyPlan& plan) {
  Json out{{"type", "plan"}, {"from_vault", plan.from_vault}, {"to_vault", plan.to_vault}};
  set_path(out, "from_path", plan.from_path);
  set_path(out, "to_path", plan.to_path);
  out["snapshots"] = plan.snapshots;
  out["copied_before"] = plan.copied_before;
  out["sources"] = plan.sources;
  out["first"] = plan.snapshots > 0 ? Json(rfc3339(plan.first)) : Json(nullptr);
  out["last"] = plan.snapshots > 0 ? Json(rfc3339(plan.last)) : Json(nullptr);
  Json from = Json::array();
  for (const CopyReaders& readers : plan.from) from.push_back(copy_readers_json(readers));
  out["from"] = std::move(from);
  out["to"] = copy_readers_json(plan.to);
  return out;
}

Json copied_json(const BackupSummary& summary) {
  Json out = backup_json(summary);
  out["type"] = "backup";
  out["captured_at"] = rfc3339(summary.captured_at);
  out["copied_from"] = summary.copied_from;
  if (summary.origin) out["origin"] = origin_json(*summary.origin);
  return out;
}

Json copy_failure_json(const CopyFailure& failure) {
  Json out = error_json(failure.error);
  out["snapshot"] = failure.snapshot;
  out["time"] = rfc3339(failure.time);
  return out;
}

Json copy_json(const CopyReport& report, bool dry_run) {
  return {{"type", "summary"},
          {"snapshots", report.copies.size()},
          {"copied_before", report.plan.copied_before},
          {"failed", report.failures.size()},
          {"bytes_added", report.bytes_added},
          {"rolled_back", report.rolled_back},
          {"consequences", report.consequences},
          {"seconds", report.seconds},
          {"dry_run", dry_run}};
}

}  // namespace valise::cli
