#pragma once

#include <libpq-fe.h>

#include "base/shared_library.hpp"

namespace xppkg::site {

/// libpq, loaded when it is first needed: it brings libraries of its own (directories, tickets)
/// that would take a third of the start of every program, also where no PostgreSQL is. The names
/// are the library's.
class PostgresqlDriver {
 public:
  /// Throws Failure where it is not installed.
  static const PostgresqlDriver& get();

  decltype(&::PQbackendPID) PQbackendPID;
  decltype(&::PQclear) PQclear;
  decltype(&::PQconnectdbParams) PQconnectdbParams;
  decltype(&::PQconsumeInput) PQconsumeInput;
  decltype(&::PQerrorMessage) PQerrorMessage;
  decltype(&::PQfinish) PQfinish;
  decltype(&::PQflush) PQflush;
  decltype(&::PQfreemem) PQfreemem;
  decltype(&::PQgetisnull) PQgetisnull;
  decltype(&::PQgetlength) PQgetlength;
  decltype(&::PQgetResult) PQgetResult;
  decltype(&::PQgetvalue) PQgetvalue;
  decltype(&::PQisBusy) PQisBusy;
  decltype(&::PQnfields) PQnfields;
  decltype(&::PQnotifies) PQnotifies;
  decltype(&::PQntuples) PQntuples;
  decltype(&::PQparameterStatus) PQparameterStatus;
  decltype(&::PQreset) PQreset;
  decltype(&::PQresultErrorField) PQresultErrorField;
  decltype(&::PQresultStatus) PQresultStatus;
  decltype(&::PQsendQuery) PQsendQuery;
  decltype(&::PQsendQueryParams) PQsendQueryParams;
  decltype(&::PQsetErrorVerbosity) PQsetErrorVerbosity;
  decltype(&::PQsetnonblocking) PQsetnonblocking;
  decltype(&::PQsetNoticeReceiver) PQsetNoticeReceiver;
  decltype(&::PQsocket) PQsocket;
  decltype(&::PQstatus) PQstatus;

 private:
  PostgresqlDriver();

  SharedLibrary library_;
};

}  // namespace xppkg::site
