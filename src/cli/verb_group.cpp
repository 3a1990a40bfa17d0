#include "cli/verb_group.hpp"

#include <vector>

namespace valise::cli {

namespace {

class VerbGroup : public Verb {
 public:
  VerbGroup(CLI::App& group, std::initializer_list<AddVerb> below) : Verb(group) {
    command().require_subcommand(1);
    for (const AddVerb add : below) verbs_.push_back(add(command()));
  }

  int run(Session& session) override {
    for (const std::unique_ptr<Verb>& verb : verbs_) {
      if (verb->command().parsed()) return verb->run(session);
    }
    throw Error(ErrorKind::internal, "a verb has no code");
  }

 private:
  std::vector<std::unique_ptr<Verb>> verbs_;
};

}  // namespace

std::unique_ptr<Verb> make_verb_group(CLI::App& command, std::initializer_list<AddVerb> below) {
  return std::make_unique<VerbGroup>(command, below);
}

}  // namespace valise::cli
