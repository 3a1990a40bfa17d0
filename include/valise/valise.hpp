#pragma once

// The whole library. Start with init.hpp, backup.hpp and restore.hpp: each verb is one function
// that takes a Run (where things stand, how to report) and its own options, and throws Error. A
// verb runs on the calling thread and starts its own workers; two verbs may run at once.

#include "valise/audit.hpp"
#include "valise/audit_database.hpp"
#include "valise/audit_report.hpp"
#include "valise/backup.hpp"
#include "valise/bytes.hpp"
#include "valise/card.hpp"
#include "valise/copy.hpp"
#include "valise/device.hpp"
#include "valise/diff.hpp"
#include "valise/drill.hpp"
#include "valise/error.hpp"
#include "valise/escrow.hpp"
#include "valise/files.hpp"
#include "valise/init.hpp"
#include "valise/key.hpp"
#include "valise/list.hpp"
#include "valise/markup.hpp"
#include "valise/policy.hpp"
#include "valise/prune.hpp"
#include "valise/reader.hpp"
#include "valise/recovery.hpp"
#include "valise/report_file.hpp"
#include "valise/restore.hpp"
#include "valise/run.hpp"
#include "valise/schedule.hpp"
#include "valise/scrub.hpp"
#include "valise/secret.hpp"
#include "valise/sheet.hpp"
#include "valise/sources.hpp"
#include "valise/status.hpp"
#include "valise/unlock.hpp"
#include "valise/utf8.hpp"
#include "valise/verify.hpp"

namespace valise {

/// Starts the cryptography and switches core dumps off. Call once, before any verb.
void start();

/// "0.1.0"
[[nodiscard]] const char* version() noexcept;

}  // namespace valise
