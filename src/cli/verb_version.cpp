#include "cli/verb.hpp"
#include "valise/valise.hpp"

namespace valise::cli {

namespace {

class VersionVerb : public Verb {
 public:
  explicit VersionVerb(CLI::App& app) : Verb(*app.add_subcommand("version", "Show the version")) {
    command().footer("Example:\n  valise version --json");
  }

  int run(Session& session) override {
    if (session.json()) {
      session.print(Json{{"type", "summary"}, {"version", version()}});
    } else {
      session.print(std::string("valise ") + version() + "\n");
    }
    return 0;
  }
};

}  // namespace

std::unique_ptr<Verb> add_version(CLI::App& app) { return std::make_unique<VersionVerb>(app); }

}  // namespace valise::cli
