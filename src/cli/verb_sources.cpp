#include "cli/text_out.hpp"
#include "cli/verb.hpp"
#include "valise/sources.hpp"

namespace valise::cli {

namespace {

class SourcesVerb : public Verb {
 public:
  explicit SourcesVerb(CLI::App& app)
      : Verb(*app.add_subcommand("sources", "Show what can be backed up here, and what is")) {
    command().footer(
        "Example:\n"
        "  valise sources\n"
        "  valise sources --json");
  }

  int run(Session& session) override {
    const SourcesReport report = list_sources(session.make_run());
    if (!session.json()) {
      session.print(sources_text(report));
      return 0;
    }
    for (const SourceRow& row : report.sources) session.print(source_row_json(row));
    Json summary{{"type", "summary"}, {"sources", report.sources.size()}};
    summary["vault_problem"] =
        report.vault_problem.empty() ? Json(nullptr) : Json(report.vault_problem);
    session.print(summary);
    return 0;
  }
};

}  // namespace

std::unique_ptr<Verb> add_sources(CLI::App& app) { return std::make_unique<SourcesVerb>(app); }

}  // namespace valise::cli
