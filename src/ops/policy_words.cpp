#include "ops/policy_words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

std::string backups(std::size_t count) {
  return count == 1 ? "1 backup" : fmt::format("{} backups", count);
}

std::string day_of(UnixSeconds time) { return rfc3339(time).substr(0, 10); }

std::string names_of(const std::vector<Agent>& agents) {
  std::string names;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    if (i > 0) names += i + 1 == agents.size() ? " and " : ", ";
    names += agents[i].name;
  }
  return names;
}

bool names_agent(const PolicyPayload& policy, const Bytes32& pk) {
  return std::any_of(policy.agents.begin(), policy.agents.end(),
                     [&](const Agent& agent) { return agent.pk == pk; });
}

// The backups of one policy, in order of time.
std::vector<const Snapshot*> made_under(const VaultView& view, const Entry& policy) {
  std::vector<const Snapshot*> made;
  for (const Snapshot& snapshot : view.index.all()) {
    if (!snapshot.empty_claim && snapshot.backup().policy == policy.id) made.push_back(&snapshot);
  }
  return made;
}

// What an agent can open of the backups that there are, alone and with others.
struct AgentReach {
  std::size_t alone = 0;
  std::size_t together = 0;
  unsigned k_least = 0;  ///< Of those that take others besides.
  UnixSeconds first = 0;
  UnixSeconds last = 0;
};

AgentReach reach_of(const VaultView& view, const Bytes32& pk) {
  AgentReach reach;
  for (const Snapshot& snapshot : view.index.all()) {
    const auto& policy = *view.roots.find_policy(snapshot.backup().policy)->as<PolicyPayload>();
    if (snapshot.empty_claim || !names_agent(policy, pk)) continue;
    if (reach.alone + reach.together == 0) reach.first = snapshot.time;
    reach.last = snapshot.time;
    if (policy.k == 1) {
      ++reach.alone;
      continue;
    }
    ++reach.together;
    reach.k_least = reach.k_least == 0 ? policy.k : std::min<unsigned>(reach.k_least, policy.k);
  }
  return reach;
}

std::string reach_text(const AgentReach& reach) {
  if (reach.together == 0) return backups(reach.alone) + " alone";
  const std::string others = reach.k_least == 2
                                 ? "one other agent of then"
                                 : fmt::format("{} other agents of then", reach.k_least - 1);
  if (reach.alone == 0) return backups(reach.together) + " together with " + others;
  return fmt::format("{} alone, and {} together with {}", backups(reach.alone),
                     backups(reach.together), others);
}

// Those whom the policy in force names and the next one does not.
void tell_who_goes(const VaultView& view, const PolicyPayload& after,
                   std::vector<std::string>& words) {
  for (const Agent& agent : view.roots.policy().as<PolicyPayload>()->agents) {
    if (names_agent(after, agent.pk)) continue;
    const AgentReach reach = reach_of(view, agent.pk);
    if (reach.alone + reach.together == 0) {
      words.push_back(agent.name +
                      " is no agent any more, and can open no backup: none was made meanwhile.");
      continue;
    }
    const std::string span =
        day_of(reach.first) == day_of(reach.last)
            ? "made on " + day_of(reach.first)
            : fmt::format("made from {} to {}", day_of(reach.first), day_of(reach.last));
    words.push_back(fmt::format(
        "{} is no agent any more, and can still open {}, {}. To take that back, copy these "
        "backups under another policy and remove them, if nobody else has a copy.",
        agent.name, reach_text(reach), span));
  }
}

// "Mara alone", "Mara and Ben together", "any 2 of Mara, Ben and Tom together".
std::string takers_of(const PolicyPayload& policy) {
  const std::string names = names_of(policy.agents);
  if (policy.agents.size() == 1) return names + " alone";
  if (policy.k == policy.agents.size()) return names + " together";
  return fmt::format("any {} of {}{}", policy.k, names, policy.k == 1 ? "" : " together");
}

// An audit tells a shorter time for good: it makes an early prune look like a timely one.
void tell_shorter_keeping(const VaultView& view, const PolicyPayload& after,
                          std::vector<std::string>& words) {
  const std::uint32_t before = view.roots.policy().as<PolicyPayload>()->min_keep_days;
  if (after.min_keep_days >= before || view.index.all().empty()) return;
  words.push_back(
      fmt::format("Backups were to be kept for {} {} so far: from now on each audit warns that the "
                  "policy keeps them for a shorter time (keep-lowered).",
                  before, before == 1 ? "day" : "days"));
}

bool same_readers(const PolicyPayload& a, const PolicyPayload& b) {
  return a.k == b.k && std::equal(a.agents.begin(), a.agents.end(), b.agents.begin(),
                                  b.agents.end(), [](const Agent& x, const Agent& y) {
                                    return x.pk == y.pk && x.sign_pk == y.sign_pk;
                                  });
}

void tell_what_stays(const VaultView& view, std::vector<std::string>& words) {
  for (const Entry& policy : view.roots.policies()) {
    const auto& before = *policy.as<PolicyPayload>();
    const std::size_t count = made_under(view, policy).size();
    if (before.agents.empty() || count == 0) continue;
    words.push_back(fmt::format(
        "{} under the policy of {} {} readable by {}: nothing can take that back.",
        count == 1 ? "1 backup that was made" : fmt::format("{} backups that were made", count),
        day_of(policy.header.time), count == 1 ? "stays" : "stay", takers_of(before)));
  }
}

}  // namespace

PolicyView view_policy(const Entry& entry) {
  const auto& policy = *entry.as<PolicyPayload>();
  PolicyView view;
  view.id = hex(entry.id);
  view.escrow = !policy.agents.empty();
  view.k = policy.k;
  view.since = entry.header.time;
  view.min_keep_days = policy.min_keep_days;
  view.agents = readers_of(policy);
  view.agents.erase(view.agents.begin());
  return view;
}

std::vector<std::string> policy_consequences(const VaultView& view, const PolicyPayload& after) {
  std::vector<std::string> words;
  tell_what_stays(view, words);
  tell_who_goes(view, after, words);
  const auto own = static_cast<std::size_t>(
      std::count_if(view.index.all().begin(), view.index.all().end(),
                    [](const Snapshot& snapshot) { return snapshot.backup().slots.size() == 1; }));
  if (after.agents.empty()) {
    words.push_back("From the next backup on, only you can open new backups.");
  } else {
    words.push_back(fmt::format(
        "From the next backup on, each new backup opens for you, and without you for {}; it holds "
        "the whole history as of that day.",
        takers_of(after)));
    if (own > 0) {
      words.push_back(own == 1 ? "1 backup that was made end-to-end stays readable by you alone."
                               : fmt::format("{} backups that were made end-to-end stay readable "
                                             "by you alone.",
                                             own));
    }
  }
  tell_shorter_keeping(view, after, words);
  const bool same = same_readers(*view.roots.policy().as<PolicyPayload>(), after);
  words.push_back(same
                      ? "The readers are the same as before. The next backup of each source starts "
                        "a new chain (a full) all the same."
                      : "The next backup of each source starts a new chain (a full).");
  return words;
}

std::vector<PolicyPeriod> policy_history(const Run& run) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  warn_of_problems(run, *view);
  std::vector<PolicyPeriod> periods;
  for (const Entry& policy : view->roots.policies()) {
    if (!periods.empty()) periods.back().until = policy.header.time;
    PolicyPeriod period;
    period.policy = view_policy(policy);
    const std::vector<const Snapshot*> made = made_under(*view, policy);
    period.backups = made.size();
    if (!made.empty()) {
      period.first_backup = made.front()->time;
      period.last_backup = made.back()->time;
    }
    periods.push_back(std::move(period));
  }
  return periods;
}

}  // namespace valise
