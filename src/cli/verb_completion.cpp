#include "cli/completion.hpp"
#include "cli/verb.hpp"

namespace valise::cli {

namespace {

class CompletionVerb : public Verb {
 public:
  explicit CompletionVerb(CLI::App& app)
      : Verb(*app.add_subcommand("completion", "Print a completion script for a shell")) {
    command()
        .add_option("SHELL", shell_, "bash, zsh or fish")
        ->type_name("bash|zsh|fish")
        ->option_text(" ")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""))
        ->required();
    command().footer(
        "Example:\n"
        "  source <(valise completion bash)");
  }

  int run(Session& session) override {
    const CLI::App& app = *command().get_parent();
    session.print(shell_ == "bash"  ? bash_completion(app)
                  : shell_ == "zsh" ? zsh_completion(app)
                                    : fish_completion(app));
    return 0;
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Verb> add_completion(CLI::App& app) {
  return std::make_unique<CompletionVerb>(app);
}

}  // namespace valise::cli
