#include <fmt/format.h>

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
  out["damaged"] = source.damaged;
  out["nightly"] = source.nightly;
  out["overdue"] = source.overdue;
  out["verified"] = run_note_json(source.verified);
  return out;
}

std::string health(const SourceStatus& source) {
  if (!source.present) return "MISSING CONTAINERS: valise scrub";
  if (source.damaged) return "DAMAGED: valise scrub";
  return source.overdue ? "OVERDUE" : "ok";
}

std::string source_status_text(const SourceStatus& source, const StatusReport& report) {
  std::string text = fmt::format(
      "{}: last backup {}, {}, {}{}\n",
      source.name ? printable(*source.name) : "source " + short_id(source.source),
      format_time(source.time),
      source.messages ? format_count_of(*source.messages, "message") : "messages not known here",
      health(source), source.nightly ? "" : ", not backed up here any more");
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
        "Ends with 17, too, when the last run of backup on this device failed.\n"
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
                         {"last_run", run_note_json(report.last_run)},
                         {"scrubbed", run_note_json(report.scrubbed)}});
    } else {
      session.print(status_text(report));
    }
    return report.overdue || report.failed() ? static_cast<int>(ErrorKind::audit_finding) : 0;
  }

 private:
  std::optional<std::string> max_age_;
};

}  // namespace

std::unique_ptr<Verb> add_status(CLI::App& app) { return std::make_unique<StatusVerb>(app); }

}  // namespace valise::cli
