#pragma once

#include "ops/writer_session.hpp"
#include "valise/backup.hpp"

namespace valise {

/// Where this device no longer knows what an earlier backup of `source` had, as after the loss of
/// its state or where an old one was put back, and tonight's counts do not say that all that the
/// database names was taken (FileCounts::has_all_named), the newest earlier snapshot may be all
/// that has it. Notes it in the credential, so that a prune of this device keeps it, and warns,
/// once. Nothing where no earlier snapshot of the source has attachments. Before the backup is
/// written: what is noted must not be lost with a run that is cut short. Throws Error(storage).
void hold_earlier(WriterSession& session, const Run& run, const Bytes16& source,
                  const FileCounts& counts);

/// After a backup that has all that its database names, each as a file with its content: no earlier
/// snapshot of the source need be held any more. Throws Error(storage).
void release_held(WriterSession& session, const Run& run, const Bytes16& source,
                  const FileCounts& counts);

}  // namespace valise
