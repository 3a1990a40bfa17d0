#include "cli/text_out.hpp"
#include "cli/verb.hpp"
#include "valise/scrub.hpp"

namespace valise::cli {

namespace {

class ScrubVerb : public Verb {
 public:
  explicit ScrubVerb(CLI::App& app)
      : Verb(*app.add_subcommand("scrub", "Read every byte of every object; needs no key")) {
    command().add_flag("--quarantine", options_.quarantine,
                       "Move damaged objects to the vault's folder damaged/");
    command().footer(
        "Example:\n"
        "  valise scrub --vault /mnt/usb/vault");
  }

  int run(Session& session) override {
    const ScrubReport report = scrub(session.make_run(), options_);
    if (session.json()) {
      for (const ScrubFinding& finding : report.findings) {
        session.print(scrub_finding_json(finding));
      }
      session.print(scrub_json(report));
    } else if (report.errors > 0) {
      session.print(scrub_text(report));
    } else {
      session.report(scrub_text(report));
    }
    return report.errors > 0 ? static_cast<int>(ErrorKind::corrupt) : 0;
  }

 private:
  ScrubOptions options_;
};

}  // namespace

std::unique_ptr<Verb> add_scrub(CLI::App& app) { return std::make_unique<ScrubVerb>(app); }

}  // namespace valise::cli
