#include "ops/policy_agents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/unicode.hpp"
#include "ops/agent_name.hpp"
#include "ops/card_file.hpp"
#include "ops/enrolment.hpp"
#include "ops/opened_backup.hpp"

namespace valise {
namespace {

std::string fingerprint_of(const Agent& agent) {
  return fingerprint(agent.pk, agent.sign_pk, agent.name);
}

bool same_keys(const Agent& a, const Agent& b) { return a.pk == b.pk && a.sign_pk == b.sign_pk; }

// Of the newest policy that names such a one.
template <typename Wanted>
std::optional<ChosenAgent> from_earlier_policy(const RootChain& roots, const Wanted& wanted) {
  const std::vector<Entry>& policies = roots.policies();
  for (auto policy = policies.rbegin(); policy != policies.rend(); ++policy) {
    const std::vector<Agent>& agents = policy->template as<PolicyPayload>()->agents;
    for (std::size_t i = 0; i < agents.size(); ++i) {
      if (wanted(agents[i])) return ChosenAgent{agents[i], Secret(), &*policy, i};
    }
  }
  return std::nullopt;
}

ChosenAgent from_card_file(const RootChain& roots, const std::string& path) {
  std::optional<Card> card = read_card_file(path);
  if (!card) {
    throw Error(ErrorKind::usage, "\"" + path +
                                      "\" is neither a card file nor the name of an agent of an "
                                      "earlier policy");
  }
  if (card->kind != CardKind::agent) {
    throw Error(ErrorKind::usage, path + ": it is an owner's card, not an agent's");
  }
  ChosenAgent chosen{{card->pk, card->sign_pk, card->name}, std::move(card->psk), nullptr, 0};
  // The very agent: its fingerprint was compared then, and its psk is at hand. Whoever was enrolled
  // before there was a rule for names stays one who can be named.
  std::optional<ChosenAgent> known = from_earlier_policy(roots, [&](const Agent& agent) {
    return agent.name == chosen.agent.name && same_keys(agent, chosen.agent);
  });
  if (known) return std::move(*known);
  check_agent_name(chosen.agent.name);
  return chosen;
}

// An agent chooses its own name, and so may choose that of a file which the owner will name one
// day: what an argument means must not depend on that.
void require_one_meaning(const ChosenAgent& earlier, const std::string& named) {
  std::error_code ignored;
  const std::filesystem::file_status file = std::filesystem::status(named, ignored);
  if (!std::filesystem::exists(file) || std::filesystem::is_directory(file)) return;
  std::string what = "is no agent's card";
  try {
    const std::optional<Card> card = read_card_file(named);
    if (card && card->kind == CardKind::agent) {
      const Agent agent{card->pk, card->sign_pk, card->name};
      if (same_keys(agent, earlier.agent)) return;
      what =
          fmt::format("is the card of \"{}\", fingerprint {}", agent.name, fingerprint_of(agent));
    }
  } catch (const Error&) {
    // It is no card that can be read: said below.
  }
  throw Error(ErrorKind::usage,
              fmt::format("\"{}\" may mean two things: an agent of an earlier policy, fingerprint "
                          "{}, or the file here, which {}; write \"./{}\" for the file, or run "
                          "this in another folder for that agent",
                          named, fingerprint_of(earlier.agent), what, named));
}

ChosenAgent choose_agent(const RootChain& roots, const std::string& named) {
  if (named.find('/') != std::string::npos) return from_card_file(roots, named);
  std::optional<ChosenAgent> earlier =
      from_earlier_policy(roots, [&](const Agent& agent) { return agent.name == named; });
  if (!earlier) return from_card_file(roots, named);
  require_one_meaning(*earlier, named);
  return std::move(*earlier);
}

// One person under two names would hold two shares, and "2 of 3" would not mean two people.
void require_another(const std::vector<ChosenAgent>& chosen, const Agent& next) {
  for (const ChosenAgent& other : chosen) {
    if (other.agent.name == next.name) {
      throw Error(ErrorKind::usage, "the agent \"" + next.name + "\" is named twice");
    }
    if (other.agent.pk == next.pk || other.agent.sign_pk == next.sign_pk) {
      throw Error(ErrorKind::usage, "the agents \"" + other.agent.name + "\" and \"" + next.name +
                                        "\" have the same key");
    }
  }
}

}  // namespace

std::vector<ChosenAgent> choose_agents(const RootChain& roots, const PolicyChange& change) {
  std::vector<ChosenAgent> chosen;
  for (const std::string& named : change.agents) {
    ChosenAgent next = choose_agent(roots, named);
    // Every list of readers names the owner so.
    if (next.agent.name == kOwnerName) {
      throw Error(ErrorKind::usage, "an agent cannot be called \"owner\"; it needs another card");
    }
    require_another(chosen, next.agent);
    chosen.push_back(std::move(next));
  }
  if (!change.escrow && !chosen.empty()) {
    throw Error(ErrorKind::usage, "an end-to-end policy names no agents");
  }
  if (change.escrow && (chosen.empty() || chosen.size() > kReadersMax)) {
    throw Error(ErrorKind::usage, "an escrow policy names 1 to 16 agents");
  }
  if (change.escrow && (change.k < 1 || change.k > chosen.size())) {
    throw Error(ErrorKind::usage, fmt::format("k must be 1 to {} (the number of agents), not {}",
                                              chosen.size(), change.k));
  }
  return chosen;
}

NewAgent new_agent(const RootChain& roots, const Agent& agent) {
  NewAgent told{{agent.name, fingerprint_of(agent), false}, {}};
  const std::string name = folded(agent.name);
  for (const Entry& policy : roots.policies()) {
    for (const Agent& known : policy.as<PolicyPayload>()->agents) {
      if (folded(known.name) != name || same_keys(known, agent)) continue;
      const std::string other = fingerprint_of(known);
      auto& namesakes = told.namesakes;
      if (std::find(namesakes.begin(), namesakes.end(), other) == namesakes.end()) {
        namesakes.push_back(other);
      }
    }
  }
  return told;
}

Secret gather_psks(std::vector<ChosenAgent>& chosen, const RootKeys& owner) {
  Secret psks(32 * chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    ChosenAgent& one = chosen[i];
    if (one.earlier != nullptr) {
      one.psk =
          Secret::copy_of(policy_psks(*one.earlier, owner).view().subspan(32 * one.place, 32));
    }
    const ByteSpan psk = one.psk.view();
    std::copy(psk.begin(), psk.end(), psks.mutable_view().begin() + std::ptrdiff_t(32 * i));
  }
  return psks;
}

}  // namespace valise
