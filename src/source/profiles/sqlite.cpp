#include "source/profiles/profile.hpp"

namespace valise {

std::uint64_t count_all_rows(sqlite3* database, const std::vector<std::string>& tables,
                             ErrorKind kind, const std::string& object) {
  std::uint64_t rows = 0;
  for (const std::string& table : tables) {
    Query query(database, "SELECT count(*) FROM main." + quoted_identifier(table));
    if (query.next()) {
      // Even a hostile tree that counts its pages over and over cannot overflow 64 bits.
      rows += static_cast<std::uint64_t>(query.integer(0));
    } else {
      require_lasting_failure(query, kind, object);
    }
  }
  return rows;
}

}  // namespace valise
