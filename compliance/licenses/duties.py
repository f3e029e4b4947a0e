"""Duties in words of one's own: "you must credit the author", "see EULA.txt for terms".

No license text has them, and who uses the code is bound by them all the same. They are told beside
what takes rights away (`ownterms`), and looked for in the same places.
"""

from __future__ import annotations

from typing import Final

TRIGGERS: Final = (
    rb" credit", rb"postcard", rb"acknowledg", rb"attribution", rb"must cite", rb"to cite",
    rb"must mention", rb"must link", rb"link back", rb"backlink", rb"must notify", rb"must inform",
    rb"must contact", rb"must send", rb"be sent back", rb"be sent to me", rb"be sent to the author",
    rb"to send the author", rb"to send me",
    rb"to notify the author", rb"to inform the author", rb"to contact the author",
    rb"author before", rb"us before", rb"me before", rb"holder before", rb"owner before",
    rb"shareware", rb"donationware", rb"donateware", rb"charityware", rb"careware", rb"trialware",
    rb"terms.txt", rb"terms.md", rb"terms.html", rb"terms.pdf", rb"terms file", rb"terms at http",
    rb"terms of service", rb"terms of use", rb"you agree", rb"you accept", rb" implies",
    rb"constitutes", rb"must register", rb"registration is", rb"registration.", rb"for evil",
    rb"royalt",
    rb" fee ",
    rb" fees ",
    rb"not open source", rb"not open-source", rb"not free soft", rb"n't open source",
    rb"n't free soft", rb"published under", rb"must be open", rb"have to be open",
    rb"contributed back", rb"given back", rb"must publish", rb"must release", rb"must share",
    rb"must contribute", rb"buy me", rb"must donate", rb"must include", rb"must display",
    rb"must show", rb" logo ", rb"keep my name", rb"comply with", rb"trial", rb"demo version",
    rb"demo copy", rb"key required", rb"key is required", rb"used only by", rb"nuclear", rb"patent",
    rb"as long as you", rb"provided you", rb"provided that you", rb"condition that you",
)  # fmt: skip
"""One of them stands in nearly every statement that counts (see `ownterms.TRIGGERS`)."""

PARTS: Final = {
    "MUST": r"(?<!not )(?<!n't )(?<!n\u2019t )(?<!never )"
    r"(?:must|shall|have to|has to|need to|are to|required to|obliged to)",
    "OWNER": r"(?:(?:the |its )?(?:original )?(?:author|creator|copyright holder|copyright owner"
    r"|developer)s?|me|us|my|our)\b",
    "CREDIT": r"(?:credit(?:ed)?|cited?|acknowledged?|acknowledge?ments?|mention(?:ed)?"
    r"|attributed?|attribution|link(?:ed)? (?:back )?to)\b",
}
"""What the statements name in capitals, beside the parts of `ownterms`."""

STATEMENTS: Final = (
    # Credit.
    r"MUST (?:(?:also|always|please|visibly|clearly) )?(?:give WORDS{0,3})?CREDIT"
    r" WORDS{0,5}?OWNER",
    r"MUST give WORDS{0,4}(?:credit|attribution) (?:to|for|where|when|if)\b",
    r"(?:publications?|papers?|articles?|works?|products?|research) WORDS{0,8}?"
    r"(?:using|use|uses|based on) WORDS{0,6}?MUST (?:also )?(?:cite|acknowledge|credit|mention)\b",
    r"if you use THIS WORK[^.]{0,60}? you MUST (?:also )?(?:cite|acknowledge|credit|mention|pay"
    r"|donate|register|buy|send|notify|inform|contact|ask)\b",
    r"MUST (?:\w+ )?(?:include|display|show|provide|place|add|contain) (?:an? |the |our |my )?"
    r"(?:\w+ )?(?:(?:link|backlink)s? (?:back )?to (?!(?:the|an?|its|all|each)\b)"
    r"|(?:logo|banner|credit|acknowledge?ment|attribution)s?\b)",
    # What the author wants to have.
    r"MUST (?:send|submit|return|report|contribute) (?:them|it|these|all|any|your|changes"
    r"|modifications|an? copy|copies) WORDS{0,4}?to OWNER",
    r"MUST (?:(?:also|first|please) )?(?:send|notify|inform|contact|ask|tell|e-?mail|pay"
    r"|buy|donate to) OWNER(?! (?:to|when|if|that|about|of|for)\b)",
    r"MUST (?:send|mail|write) WORDS{0,3}postcards?\b",
    r"MUST buy (?:me|us|the author) \w+",
    r"(?:changes|modifications|improvements|enhancements|fixes) WORDS{0,4}?MUST be"
    r" (?:(?:sent|contributed|given|submitted|reported|returned) (?:back|to OWNER)"
    r"|(?:published|released|shared|made public|made available)"
    r" (?:under|as open|in public|back))",
    r"(?:users?|you) MUST register (?:at|with|on) [^.]{0,60}?\b(?:before|prior to|to use"
    r"|for use)\b",
    r"(?:use|usage|users|you|THIS WORK) MUST comply with WORDS{0,4}terms of (?:service|use)\b",
    # What shares alike.
    r"(?:(?:derived|derivative) (?:works?|code|software)|derivatives|forks) MUST (?:also )?be"
    r" (?:published|released|shared|licensed|distributed|made|open)\b",
    r"you MUST (?:publish|release|share|contribute|disclose|open[- ]source) WORDS{0,3}?"
    r"(?:changes|modifications|improvements|enhancements|derivatives)\b",
    r"(?:should|please) give WORDS{0,4}(?:credit|attribution) (?:to|for|where|when|if)\b",
    r"(?<!no )(?:credits?|attribution|acknowledge?ments?|link ?back|back ?link)(?: to \S+)?"
    r" (?:(?:is|are) )?(?:required|mandatory|compulsory|obligatory)\b"
    r"(?! (?:to|for authentication))",
    r"(?:as long as|provided(?: that)?|providing(?: that)?|only if|on condition that"
    r"|on the condition that) (?:you|due|proper|full|appropriate|credit|attribution)"
    r" WORDS{0,4}?(?:CREDIT|give|given|send|tell|notify|inform|buy|donate|pay)\b(?! up)",
    r"(?:but|and|please|just) (?:give (?:attribution|credit)|keep my name)\b",
    r"if you (?:use|like) THIS WORK[^.]{0,40}? (?:please )?(?:send|buy|mail|pay) OWNER",
    r"(?:please|and) (?:send|mail|write) WORDS{0,3}postcards?\b",
    r"(?:contact|ask|notify|inform|consult|e-?mail) (?:the )?OWNER WORDS{0,3}?"
    r"(?:before|prior to) (?:you )?(?:use|using|copying|distributing|redistributing|including"
    r"|any use|publishing|selling)\b",
    r"(?:is|as|are) (?:an? |considered )?(?:shareware|postcard-?ware|donation-?ware|donate-?ware"
    r"|charity-?ware|careware|trial-?ware)\b",
    r"(?<!no )(?:fee|royalt(?:y|ies)|payment)s?(?: of [^.]{1,30}?)?"
    r" (?:is|are) (?:due|required|payable)\b"
    r"[^.]{0,60}?\b(?:use|copy|copies|distribut|commercial|product)",
    r"use of THIS WORK WORDS{0,2}(?:requires|needs) (?:prior )?registration\b",
    # Terms that stand elsewhere, and who uses the work is bound by them.
    r"see \S*(?:eula|terms)\S* (?:file )?for (?:the )?(?:\w+ ){0,3}?(?:terms|conditions|details"
    r"|licens\w+|licenc\w+)\b",
    r"(?:subject to|governed by|covered by|bound by|under) (?:the )?"
    r"(?:terms(?: and conditions)?|conditions|agreement) (?:in|of|at|found at|available at)"
    r" (?:the file )?\S*(?:terms|tos|eula|agreement|legal)\b",
    r"(?:by|when) (?:using|downloading|installing|copying|accessing|distributing) THIS WORK"
    r"[^.]{0,60}?\byou (?:\w+ )?(?:agree|accept|consent|acknowledge)\b",
    r"(?:using|use of|downloading|installing) THIS WORK WORDS{0,3}"
    r"(?:implies|constitutes|means|signifies) (?:\w+ )?(?:acceptance|agreement|consent)\b",
    # What is not given away, for whom it is, and for how long.
    r"(?:this|it|THIS WORK) (?:is|are) NOT (?:open[- ]source|free software"
    r"|in the public domain)\b",
    r"free (?:of charge )?for (?:students?|teachers|schools|universities|academics?|non-?profits?"
    r"|charities|individuals|hobbyists)\b",
    r"(?:this|THIS WORK) is an? (?:trial|evaluation|demo) (?:version|copy|licen[sc]e)\b",
    r"(?:valid|paid|purchased) licen[sc]e(?: key)? (?:is )?(?:required|needed)\b",
    r"may be used (?:only|solely|exclusively) by\b",
    r"NOT WORDS{0,8}nuclear (?:facilit|power|weapon|reactor|plant)",
    r"NOT WORDS{0,6}for evil\b",
    r"(?:contact|e-?mail|write to) \S+ (?:\S+ ){0,3}?(?:for|to obtain|to buy|to get|to purchase)"
    r" (?:(?:an?|other|another|more|commercial|alternative|different|further|the) ){0,2}"
    r"licen[sc]\w+\b",
    r"(?:algorithms?|methods?|techniques?|THIS WORK) (?:is|are) (?:patented"
    r"|(?:protected|covered) by (?:\w+\.? ){0,3}patents?)\b",
    r"patents? pending\b",
)
