#include "valise/audit.hpp"

namespace valise {

const std::vector<std::string>& audit_limits() {
  static const std::vector<std::string> limits = {
      "No audit can prove that no copy of a key or passphrase exists elsewhere.",
      "No audit can prove whether an agent has already read what it can open.",
      "Times are the devices' own claims; what is proven is the order.",
      "Without a checkpoint that you kept, no audit can prove that nothing newer was taken away.",
      "Of attachments an audit proves only that the media packs which the backups name are there, "
      "of a length that fits; what is in them only \"valise scrub\" reads.",
      "An escrowed backup shows the whole history as of its day, also what earlier end-to-end "
      "backups hold.",
  };
  return limits;
}

const std::vector<AuditCode>& audit_codes() {
  static const std::vector<AuditCode> codes = {
      {"pin", Severity::error, "The vault's owner is not one of those whose cards were given."},
      {"owner-log", Severity::error, "The owner's log holds an entry that makes no sense there."},
      {"signature", Severity::error,
       "An entry is not signed by the key of its log, or is damaged."},
      {"foreign", Severity::error,
       "An entry belongs to another vault, another signer or another number."},
      {"uncertified", Severity::error, "The owner never enrolled the device of this log."},
      {"revoked", Severity::error, "A device signed it after the owner had revoked it."},
      {"authority", Severity::error, "A device signed what it may not sign."},
      {"gap", Severity::error, "Entries are missing from a log."},
      {"prev", Severity::error, "An entry does not continue the one before it."},
      {"fork", Severity::error, "A log holds another entry than one that was seen before."},
      {"rollback", Severity::error, "A log no longer holds an entry that was seen before."},
      {"policy", Severity::error,
       "A backup does not have the readers of a policy that the owner signed."},
      {"stale-policy", Severity::error,
       "A backup was made under a policy that its device had to know was replaced."},
      {"parent", Severity::error,
       "An increment builds on no backup of its device, source and policy."},
      {"source", Severity::error,
       "Two devices claim one source's id, which only one can have made."},
      {"duplicate", Severity::error, "Two entries claim one backup's id."},
      {"missing", Severity::error,
       "A backup's container, or a media pack that it names, is gone, and nobody pruned it."},
      {"damaged", Severity::error,
       "A container's length or header is not what the log says, or a media pack has none that "
       "fits."},
      {"chain", Severity::error,
       "An increment cannot be restored: a backup that it builds on is missing or damaged."},
      {"early-prune", Severity::error, "A backup was pruned sooner than the policy allows."},
      {"drill", Severity::error, "A drill is not what its agent would have signed."},
      {"commit", Severity::error, "A header does not match the container's key."},
      {"slot", Severity::error, "A slot is not the one that its named reader can open."},
      {"open", Severity::error, "A backup does not open or does not decrypt."},
      {"overdue", Severity::error, "A source has no backup younger than the age that was given."},
      {"other-vault", Severity::error,

       "Another vault than this one belongs here, by the checkpoint or by this device's memory."},
      {"vault-twice", Severity::error, "One vault stands in two of the folders that are audited."},
      {"policy-race", Severity::warning,
       "A backup claims to have been signed in the moment in which its policy was replaced, and "
       "was then made again."},
      {"keep-lowered", Severity::warning,
       "A policy keeps backups for fewer days than an earlier one under which backups were made."},
      {"unlogged", Severity::warning,
       "A container is named by no entry of the log; an error where something names the entry that "
       "it holds."},
      {"undrilled", Severity::warning,
       "An agent has never proven that it can open a backup under this policy."},
      {"time", Severity::warning, "A clock ran backwards or stands in the future."},
      {"own-memory", Severity::warning,
       "What this device remembers of the vault could not be compared, or its own log goes on "
       "after what it remembers."},
      {"checkpoint", Severity::warning,
       "The checkpoint that was given says nothing of this vault."},
      {"checkpoint-vault", Severity::warning,
       "The checkpoint names other vaults besides the one that is audited."},
  };
  return codes;
}

}  // namespace valise
