#pragma once

#include <vector>

#include "ops/logged_objects.hpp"
#include "valise/run.hpp"
#include "valise/scrub.hpp"

namespace valise {

/// So many missing packs are named; more are counted.
inline constexpr std::size_t kMissingPacksToldMax = 1000;

/// Adds what is to be said of media packs: those that containers of logged backups name and the
/// vault lacks ("missing"), and those that no container names ("unreferenced"). `objects` is a
/// listing of the vault. Throws Error(storage), Error(cancelled).
void add_pack_findings(const Vault& vault, const LoggedObjects& logged,
                       const std::vector<ObjectInfo>& objects, const Run& run, ScrubReport& report);

}  // namespace valise
