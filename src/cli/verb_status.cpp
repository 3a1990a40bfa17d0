#include <fmt/format.h>

#include <algorithm>

#include "cli/audit_inputs.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "cli/verb.hpp"
#include "valise/status.hpp"

namespace valise::cli {

namespace {

Json run_note_json(const std::optional<RunNote>& note) {
  if (!note) return nullptr;
  return {{"time", rfc3339(note->time)},
          {"ok", note->ok},
          {"count", note->count},
          {"problem", note->text}};
}

Json source_status_json(const SourceStatus& source) {
  Json out{{"type", "source"}, {"source", source.source}};
  out["name"] = source.name ? Json(*source.name) : Json(nullptr);
  out["snapshot"] = source.snapshot;
  out["time"] = rfc3339(source.time);
  out["messages"] = source.messages ? Json(*source.messages) : Json(nullptr);
  out["present"] = source.present;
  out["packs_present"] = source.packs_present;
  out["damaged"] = source.damaged;
  out["nightly"] = source.nightly;
  out["overdue"] = source.overdue;
  out["incomplete"] = source.incomplete;
  out["files_not_taken"] = source.files_not_taken;
  out["verified"] = run_note_json(source.verified);
  return out;
}

std::string incomplete_text(const SourceStatus& source) {
  // None where the rows were not read to their end.
  if (source.files_not_taken == 0) return "INCOMPLETE: valise backup says why";
  return "INCOMPLETE: " + format_count_of(source.files_not_taken, "attachment") +
         " not taken, valise backup --verbose says which";
}

// "ok", or all that is not.
std::string health(const SourceStatus& source, const StatusReport& report) {
  std::string text;
  const auto add = [&text](bool is_so, const std::string& words) {
    if (is_so) text += (text.empty() ? "" : "; ") + words;
  };
  add(!source.present, "MISSING CONTAINERS: valise scrub");
  add(!source.packs_present, "MISSING PACKS: valise scrub");
  add(source.damaged, "DAMAGED: valise scrub");
  add(source.verify_failed(), "VERIFY FAILED: valise verify");
  add(report.scrub_failed(), "SCRUB FAILED: valise scrub");
  add(!report.log_problems.empty(), "LOG: see below");
  add(source.overdue, "OVERDUE");
  add(source.incomplete, incomplete_text(source));
  return text.empty() ? "ok" : text;
}

// Where several sources have one name the id tells them apart.
std::string label_of(const SourceStatus& source, const StatusReport& report) {
  if (!source.name) return "source " + short_id(source.source);
  const auto namesakes = std::count_if(report.sources.begin(), report.sources.end(),
                                       [&](const auto& one) { return one.name == source.name; });
  if (namesakes < 2) return printable(*source.name);
  return printable(*source.name) + " (" + short_id(source.source) + ")";
}

std::string source_status_text(const SourceStatus& source, const StatusReport& report) {
  std::string text = fmt::format(
      "{}: last backup {}, {}, {}{}\n", label_of(source, report), format_time(source.time),
      source.messages ? format_count_of(*source.messages, "message") : "messages not known here",
      health(source, report), source.nightly ? "" : ", not backed up here any more");
  const std::optional<RunNote>& verified = source.verified;
  text += verified ? fmt::format("  verified {}, {}, {}\n", format_time(verified->time),
                                 format_count_of(verified->count, "snapshot"),
                                 verified->ok ? "ok" : "FAILED")
                   : "  never verified by this device: valise verify\n";
  const std::optional<RunNote>& scrubbed = report.scrubbed;
  text += scrubbed ? fmt::format("  scrubbed {}, {}, {}\n", format_time(scrubbed->time),
                                 format_count_of(scrubbed->count, "object"),
                                 scrubbed->ok ? "ok" : "FAILED: " + printable(scrubbed->text))
                   : "  never scrubbed by this device: valise scrub\n";
  return text;
}

std::string status_text(const StatusReport& report) {
  std::string text;
  for (const SourceStatus& source : report.sources) text += source_status_text(source, report);
  if (report.sources.empty()) text = "No backup of this device yet. Make one: valise backup\n";
  if (report.failed()) {
    text += "The last run, on " + format_time(report.last_run->time) +
            ", FAILED: " + printable(report.last_run->text) + "\n";
  }
  for (const std::string& problem : report.log_problems) {
    text += "LOG: " + printable(problem) + "\n";
  }
  return text;
}

class StatusVerb : public Verb {
 public:
  explicit StatusVerb(CLI::App& app)
      : Verb(*app.add_subcommand("status", "Say when each source was last backed up")) {
    command()
        .add_option("--max-age", max_age_,
                    "End with 17 where the last backup of a source is older: 36h, 2d, 4w")
        ->type_name("AGE");
    command().footer(
        "Ends with 17, too, when the last run of backup, verify or scrub on this device\n"
        "failed, or when the vault lacks what a newest backup needs, or its logs lack what\n"
        "this device remembers. A backup that lacks files which could not be read is\n"
        "INCOMPLETE, and that alone ends with 0.\n"
        "\n"
        "Example:\n"
        "  valise status --max-age 2d");
  }

  int run(Session& session) override {
    StatusOptions options;
    if (max_age_) options.max_age_seconds = parse_age(*max_age_, "--max-age");
    const StatusReport report = status(session.make_run(), options);
    if (session.json()) {
      for (const SourceStatus& source : report.sources) session.print(source_status_json(source));
      session.print(Json{{"type", "summary"},
                         {"sources", report.sources.size()},
                         {"overdue", report.overdue},
                         {"failed", report.failed()},
                         {"ok", report.ok()},
                         {"log_problems", report.log_problems},
                         {"last_run", run_note_json(report.last_run)},
                         {"scrubbed", run_note_json(report.scrubbed)}});
    } else {
      session.print(status_text(report));
    }
    return report.ok() ? 0 : static_cast<int>(ErrorKind::audit_finding);
  }

 private:
  std::optional<std::string> max_age_;
};

}  // namespace

std::unique_ptr<Verb> add_status(CLI::App& app) { return std::make_unique<StatusVerb>(app); }

}  // namespace valise::cli
