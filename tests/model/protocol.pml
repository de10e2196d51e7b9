/* The way of a pack from the outbox into mgccomp, with the faults that its parts may have. What the
   names mean stands in docs/guarantees.md; tests/model/check.py says which properties have to hold
   and which have to be refuted.

   Two packs of one node. A broker may accept and drop, lose what it holds, and deliver again; a
   service may be killed between any two steps; a receipt may be lost; mgccomp may be put back to a
   backup. Each as often as its budget says, so that the rest of a run is calm. */

#define PACKS 2

#ifndef DROPS
#define DROPS 2       /* accepted and dropped, or lost by the broker */
#endif
#ifndef RESTORES
#define RESTORES 1    /* of mgccomp */
#endif

byte drops = DROPS;
byte restores = RESTORES;
byte repeats = 2;     /* deliveries that come again without need */
byte lost_receipts = 2;

bool recorded[PACKS];
bool accepted[PACKS];
bool purged[PACKS];
byte stored[PACKS];   /* how often; more than once is the fault that the key prevents */

chan queue = [3] of { byte };
chan receipts = [1] of { byte };

/* Without a gap from the first pack on: what a receipt says. */
inline contiguous(through) {
  through = 0;
  do
  :: through < PACKS && stored[through] > 0 -> through++
  :: else -> break
  od
}

active proctype Node() {
  byte next = 0;      /* the pack that is sent next */
  byte held = 0;      /* packs that have their receipt */
  byte calm = 0;      /* receipts since the last backup was put back; two of them tell the state */
  byte through;
  do
  :: atomic { next < PACKS && !recorded[next] -> recorded[next] = true }
  :: atomic {
       next < PACKS && recorded[next] && nfull(queue) ->
       if
       :: queue ! next
       :: drops > 0 -> drops--        /* as RabbitMQ does without a queue */
       fi;
       accepted[next] = true;
       next++
     }
#ifdef TRUST_ACCEPTED
  :: atomic { next > 0 && !purged[next - 1] -> purged[next - 1] = true }
#endif
  :: atomic {
       receipts ? through ->
       held = through;                /* backwards too: what is kept waits again */
       if
       :: held > next -> next = held
       :: else
       fi;
       if
       :: restores == 0 && calm < 2 -> calm++
       :: else
       fi;
#ifndef TRUST_ACCEPTED
       /* Kept for longer than a receipt of the restored database needs to come. */
       if
       :: calm == 2 && held > 0 -> purged[held - 1] = true
       :: else
       fi
#endif
     }
     /* No receipt for a while: the packs after the last one are sent again. */
  :: atomic { next == PACKS && held < PACKS && empty(queue) && empty(receipts) -> next = held }
     /* The watermark of each minute: a node that has all its receipts says how far it is. */
  :: atomic { next == PACKS && held == PACKS && empty(queue) && empty(receipts) &&
              !purged[PACKS - 1] -> queue ! PACKS - 1 }
  od
}

active proctype Broker() {
  byte pack;
  do
  :: atomic { drops > 0 && nempty(queue) -> queue ? _; drops-- }
  :: atomic { repeats > 0 && nempty(queue) && nfull(queue) ->
              queue ? <pack>; queue ! pack; repeats-- }
  :: atomic { lost_receipts > 0 && nempty(receipts) -> receipts ? _; lost_receipts-- }
  :: atomic { restores > 0 && (stored[0] > 0 || stored[1] > 0) ->
              stored[0] = 0; stored[1] = 0; restores-- }
  od
}

/* A kill is a jump back to the beginning: what was delivered and not settled comes again. */
active proctype Service() {
  byte pack;
  byte through;
  byte kills = 2;
begin:
  do
  :: queue ? <pack> ->
     if
     :: kills > 0 -> kills--; goto begin
     :: true
     fi;
#ifdef SETTLE_FIRST
     queue ? _;
     if
     :: kills > 0 -> kills--; goto begin
     :: true
     fi;
#endif
     atomic {                          /* COMMIT */
#ifdef IGNORE_KEY
       stored[pack] = stored[pack] + 1 - (stored[pack] / 2);
#else
       if
       :: stored[pack] == 0 -> stored[pack] = 1
       :: else
       fi
#endif
     };
     if
     :: kills > 0 -> kills--; goto begin
     :: true
     fi;
#ifndef SETTLE_FIRST
     queue ? _;                        /* settle */
     if
     :: kills > 0 -> kills--; goto begin
     :: true
     fi;
#endif
     atomic {                          /* receipt: the last one counts */
       contiguous(through);
       if
       :: nempty(receipts) -> receipts ? _
       :: else
       fi;
       receipts ! through
     }
  od
}

/* Recorded means stored, for good, once the faults are over. */
ltl recorded_is_stored { [] (recorded[0] -> <> (stored[0] == 1)) && [] (recorded[1] -> <> (stored[1] == 1)) }
ltl never_twice { [] (stored[0] <= 1 && stored[1] <= 1) }
ltl purged_is_stored { [] (purged[0] -> stored[0] == 1) && [] (purged[1] -> stored[1] == 1) }
/* What a broker's word is worth: has to be refuted. */
ltl accepted_is_stored { [] (accepted[0] -> stored[0] == 1 || len(queue) > 0) }
