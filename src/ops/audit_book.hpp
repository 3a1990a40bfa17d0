#pragma once

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "ops/audit_packs.hpp"
#include "valise/audit.hpp"
#include "vault/device_log.hpp"
#include "vault/root_chain.hpp"

namespace valise {

/// An index into one of the book's tables.
using BookIndex = std::uint32_t;
inline constexpr BookIndex kNoIndex = 0xffffffff;

/// Findings that belong to one backup, as bits of BookedBackup::findings.
enum class RowFinding : std::uint8_t {
  policy,
  stale_policy,
  parent,
  revoked,
  duplicate,
  damaged,
  fork,
  missing,
  early_prune,
  drill,
  commit,
  slot,
  open,
  uncertified,
  policy_race,
  chain,
};
inline constexpr std::size_t kRowFindingCount = 16;
[[nodiscard]] const char* code_of(RowFinding finding) noexcept;

/// One backup under audit: what its row needs, and no more. A vault may hold tens of thousands.
struct BookedBackup {
  Bytes32 entry_id{};
  Bytes16 bid{};
  std::uint64_t seq = 0;
  UnixSeconds time = 0;
  std::uint64_t bytes = 0;
  BookIndex device = 0;
  BookIndex policy = 0;
  BookIndex source = 0;
  BookIndex parent = kNoIndex;  ///< Where it is in its device's log; it stands before this one.
  std::uint16_t findings = 0;   ///< Bits by RowFinding.
  std::uint16_t drilled = 0;    ///< Bit i - 1: the agent of slot i.
  std::uint8_t k = 0;
  std::uint8_t slot_count = 0;
  std::uint8_t level = 0;
  bool full = false;
  bool copy = false;     ///< Of a snapshot: its source is backed up by nothing every night.
  bool present = false;  ///< Its container is in the vault.
  bool pruned = false;
  bool own_slot_rebuilt = false;  ///< The slot of the key at hand, and all records decrypt.
  bool takes_more = false;        ///< More agents than the one whose key is at hand.

  /// A backup that was pruned is no longer anybody's to open.
  [[nodiscard]] bool listed() const noexcept { return present || !pruned; }
  [[nodiscard]] bool has(RowFinding finding) const noexcept {
    return (findings >> static_cast<unsigned>(finding) & 1U) != 0;
  }
  /// Without a sentence of its own among the findings; see AuditBook::find.
  void mark(RowFinding finding) noexcept {
    findings = static_cast<std::uint16_t>(findings | 1U << static_cast<unsigned>(finding));
  }
  /// Whether there is a finding that says that it is not what it should be. Whoever can write to
  /// the storage can put something that is no drill in a drill's place: that takes nothing from
  /// what the owner and the device have signed.
  [[nodiscard]] bool flawed() const noexcept {
    constexpr unsigned kHarmless = 1U << static_cast<unsigned>(RowFinding::drill) |
                                   1U << static_cast<unsigned>(RowFinding::policy_race);
    return (findings & ~kHarmless) != 0;
  }
  /// Whether it can be what an increment builds on.
  [[nodiscard]] bool restorable() const noexcept {
    constexpr unsigned kFatal = 1U << static_cast<unsigned>(RowFinding::parent) |
                                1U << static_cast<unsigned>(RowFinding::damaged) |
                                1U << static_cast<unsigned>(RowFinding::fork) |
                                1U << static_cast<unsigned>(RowFinding::missing) |
                                1U << static_cast<unsigned>(RowFinding::commit) |
                                1U << static_cast<unsigned>(RowFinding::open) |
                                1U << static_cast<unsigned>(RowFinding::chain);
    return present && (findings & kFatal) == 0;
  }
};
static_assert(sizeof(BookedBackup) <= 104);

/// What one device backs up under one id. Ids come from a secret of the device's: another device
/// that claims one has a source of its own here, and takes nothing from the first.
struct BookedSource {
  Bytes16 id{};
  BookIndex device = 0;
};

/// A policy that the owner signed, or one that only a backup names (`entry` is null then).
struct BookedPolicy {
  Bytes32 id{};
  const Entry* entry = nullptr;
  [[nodiscard]] const PolicyPayload* payload() const noexcept {
    return entry == nullptr ? nullptr : entry->as<PolicyPayload>();
  }
};

struct BookedDevice {
  const Device* device = nullptr;
  /// From which of its entries on the device had to know which policy; ascending in both.
  std::vector<std::pair<std::uint64_t, BookIndex>> known_policies;
  LogHead head;           ///< Its last entry.
  bool sound = true;      ///< No finding of its log as a whole.
  bool certified = true;  ///< The owner's log says so. Else `device` is one of `strangers`.
};

struct BookedDrill {
  BookIndex backup = 0;
  std::uint8_t slot = 0;
  UnixSeconds time = 0;
};

/// A PRUNE entry of a device, kept until all logs are read.
struct BookedPrune {
  BookIndex device = 0;
  std::uint64_t seq = 0;
  UnixSeconds time = 0;
  std::vector<Bytes16> bids;
};

/// A backup whose container names packs that are not there as they must be.
struct BookedLoss {
  BookIndex backup = 0;
  std::uint64_t missing = 0;
  std::uint64_t misshapen = 0;
};

struct BookedLostPack {
  BookIndex backup = 0;
  Bytes32 pack{};
  bool missing = true;
};

/// An entry that somebody remembers, and what the log holds in its place.
struct HeldEntry {
  Bytes32 signer{};
  std::uint64_t seq = 0;
  Bytes32 id{};
  std::string object;
  std::string named;  ///< Who names it, in words: the first part of a finding's sentence.
  std::optional<Bytes32> found;
};

/// What an audit has read and found so far.
struct AuditBook {
  explicit AuditBook(const Vault& audited) : vault(audited) {}

  const Vault& vault;
  UnixSeconds now = 0;
  RootChain roots;
  LogHead root_head;       ///< The owner's last entry that there is.
  bool root_sound = true;  ///< No finding of the owner's log.
  std::vector<BookedPolicy> policies;
  std::vector<BookedDevice> devices;
  std::deque<Device> strangers;  ///< Signers whom the owner's log does not certify.
  std::vector<BookedSource> sources;
  std::vector<BookedBackup> backups;
  std::vector<BookedDrill> drills;  ///< By backup, then slot.
  std::vector<BookedPrune> prunes;
  std::vector<HeldEntry> held;    ///< By signer, then seq.
  std::vector<ListedPack> packs;  ///< By id.
  std::vector<BookedLoss> losses;
  std::vector<BookedLostPack> lost_packs;  ///< By backup, until check_packs.
  std::vector<AuditFinding> findings;
  std::vector<std::pair<BookIndex, Bytes32>> parents;  ///< Those not found at once.
  /// What entries that count name as the one before them, and what does not stand there.
  std::vector<Bytes32> lost_entries;
  std::vector<bool> overdue;  ///< By source.

  [[nodiscard]] BookIndex policy_index(const Bytes32& id);
  [[nodiscard]] BookIndex source_index(BookIndex device, const Bytes16& id);
  /// The newest policy that this device had to know when it signed entry `seq`: the one that its
  /// certificate names, or a later one that names an entry before. kNoIndex where there is none.
  [[nodiscard]] static BookIndex newest_known(const BookedDevice& device, std::uint64_t seq);

  [[nodiscard]] bool certified(const BookedBackup& backup) const noexcept {
    return devices[backup.device].certified;
  }

  void find(std::string code, Severity severity, std::string object, std::string message);
  /// The same for a finding that belongs to one backup: an error, but for policy_race.
  void find(BookedBackup& backup, RowFinding finding, const std::string& message);
  /// A finding of a whole log: its backups are not proven to be in their order.
  void find_in_log(const Bytes32& signer, std::string code, std::string object,
                   std::string message);
  /// Of the backup that the book gets next.
  void note_lost_packs(const LostPacks& lost);
  void sort_held();
  /// Tells what stands in the log at a place that somebody may remember. After sort_held.
  void note_entry(const Bytes32& signer, std::uint64_t seq, const Bytes32& id);

 private:
  std::map<Bytes32, BookIndex> policy_indexes_;
  std::map<std::pair<Bytes16, BookIndex>, BookIndex> source_indexes_;
};

}  // namespace valise
