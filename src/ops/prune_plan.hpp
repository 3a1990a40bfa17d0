#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "valise/prune.hpp"

namespace valise {

/// A snapshot as the rules look at it.
struct Keepable {
  Bytes16 bid{};
  Bytes32 entry_id{};
  Bytes32 parent{};       ///< Its entry id; zero for a full.
  Bytes32 shows{};        ///< The entry of the original that it is a copy of, else its own.
  std::uint64_t seq = 0;  ///< The order in which the device wrote them.
  UnixSeconds time = 0;   ///< The moment that it shows.
  UnixSeconds signed_at = 0;
  bool planned = false;   ///< A copy that is not made yet.
  bool sound = true;      ///< Its own container is there and was not found damaged.
  bool day_known = true;  ///< False for a copy of which nobody here knows what it shows.
};

struct Verdict {
  bool keep = false;
  std::vector<std::string> reasons;  ///< Why it is kept, in words.
  bool by_rule = false;              ///< Kept, and not only because another one builds on it.
  bool held = false;                 ///< By KeepContext::held.
  bool pinned = false;               ///< It must stay where it is: compacting moves it nowhere.
};

struct KeepContext {
  UnixSeconds now = 0;
  std::uint32_t min_keep_days = 0;
  std::set<Bytes16> continued;  ///< Bids on which the next backup builds.
  std::set<Bytes16> held;       ///< Bids of what may be all that has some attachments.
};

/// How far ahead of the clock a snapshot may be dated to count for the rules.
inline constexpr UnixSeconds kFutureSlackSeconds = 24 * 3600;

/// What becomes of the snapshots of one source and of their copies. Of several that show the same
/// the one written last counts. One that does not restore takes no other's place: the rules are
/// asked once for all, and once for those that do restore. Pure. Throws nothing.
[[nodiscard]] std::vector<Verdict> judge_snapshots(const std::vector<Keepable>& snapshots,
                                                   const KeepRules& rules,
                                                   const KeepContext& context);

}  // namespace valise
