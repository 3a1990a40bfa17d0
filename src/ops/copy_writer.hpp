#pragma once

#include <string>

#include "ops/chain_decision.hpp"
#include "ops/copy_files.hpp"
#include "ops/copy_walk.hpp"

namespace valise {

/// Throws Error(audit_finding) where the log of the vault that is copied into was put back.
void refuse_rolled_back(const WriterSession& session);

/// Seals the planned copies, one source after the other. Not thread-safe.
class CopyWriter {
 public:
  /// All arguments outlive it; what becomes of each copy is put into `report`. `whole` means that a
  /// snapshot with a damaged attachment is not copied.
  CopyWriter(const VaultView& from, const VaultKey& key, WriterSession& session, const Run& run,
             const CopyEvents& events, bool whole, CopyReport& report);
  CopyWriter(const CopyWriter&) = delete;
  CopyWriter& operator=(const CopyWriter&) = delete;

  /// A damaged original is one of the report's failures. Throws Error(storage), Error(cancelled),
  /// Error(audit_finding) as refuse_rolled_back.
  void copy_source(const SourceCopies& copies);
  void fail(CopyFailure failure);

 private:
  BackupSummary copy_snapshot(const ChainWalk& walk, const Bytes16& source,
                              const ChosenSnapshot& original, bool continues);
  [[nodiscard]] ChainDecision decide(const Bytes16& source, std::uint32_t page_size,
                                     bool continues) const;
  BackupSummary seal(const ChainWalk& walk, const Bytes16& source, const ChosenSnapshot& original,
                     bool continues);
  void stage_files(CopiedFiles& files, const Snapshot& original);
  void note_damaged_file(const Snapshot& snapshot, const std::string& path, const Error& error);
  void take(BackupSummary summary);
  void forget_pages(const Bytes16& source);

  const VaultView& from_;
  const VaultKey& key_;
  WriterSession& session_;
  const Run& run_;
  Run labelled_;
  const CopyEvents& events_;
  const bool whole_;
  CopyReport& report_;
  Bytes32 policy_;
  std::string label_;
  std::uint64_t number_ = 0;
};

}  // namespace valise
