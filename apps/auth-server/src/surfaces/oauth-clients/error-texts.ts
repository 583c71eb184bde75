/** The languages in which the generic reasons are told; the first is the system's default. */
export const locales = ['en-US', 'de-DE'] as const;
export type Locale = (typeof locales)[number];

interface ErrorText {
  readonly detailCode: string;
  readonly texts: Readonly<Record<Locale, string>>;
}

/** The body is no JSON, or the request is malformed in another way. */
export const badSyntax: ErrorText = {
  detailCode: '400.0 Bad request syntax',
  texts: {
    'en-US': 'The request could not be understood because its syntax is malformed.',
    'de-DE': 'Die Anfrage konnte nicht verstanden werden, weil ihre Syntax fehlerhaft ist.',
  },
};

/** The generic reasons by status. Those of 400, 403 and 500 stand in the document, that of 404 in the vendor's reference. */
export const errorTexts: Readonly<Record<number, ErrorText>> = {
  400: {
    detailCode: '400.1 Bad Request Content',
    texts: {
      'en-US': 'The request was syntactically correct but its content is semantically invalid.',
      'de-DE': 'Die Anfrage war syntaktisch richtig, aber ihr Inhalt ist semantisch ungültig.',
    },
  },
  403: {
    detailCode: '403 Forbidden',
    texts: {
      'en-US': 'The server understood the request but refuses to authorize it.',
      'de-DE': 'Der Server hat die Anfrage verstanden, verweigert aber die Berechtigung.',
    },
  },
  404: {
    detailCode: '404 Not found',
    texts: {
      'en-US': 'The server did not find a current representation for the target resource.',
      'de-DE': 'Der Server hat keine aktuelle Darstellung der angefragten Ressource gefunden.',
    },
  },
  405: {
    detailCode: '405 Method not allowed',
    texts: {
      'en-US': 'The method is not supported by the target resource.',
      'de-DE': 'Die Methode wird von der angefragten Ressource nicht unterstützt.',
    },
  },
  409: {
    detailCode: '409 Conflict',
    texts: {
      'en-US': 'The request conflicts with the current state of the target resource.',
      'de-DE': 'Die Anfrage steht im Widerspruch zum aktuellen Zustand der Ressource.',
    },
  },
  413: {
    detailCode: '413 Content too large',
    texts: {
      'en-US': 'The request content is larger than the server is willing to process.',
      'de-DE': 'Der Inhalt der Anfrage ist größer, als der Server verarbeitet.',
    },
  },
  415: {
    detailCode: '415 Unsupported media type',
    texts: {
      'en-US': 'The media type of the request content is not supported by the target resource.',
      'de-DE': 'Der Medientyp der Anfrage wird von der Ressource nicht unterstützt.',
    },
  },
  500: {
    detailCode: '500.0 Internal Fault',
    texts: {
      'en-US': 'An internal fault occurred.',
      'de-DE': 'Ein interner Fehler ist aufgetreten.',
    },
  },
  503: {
    detailCode: '503 Service unavailable',
    texts: {
      'en-US': 'The server is currently unable to handle the request.',
      'de-DE': 'Der Server kann die Anfrage zurzeit nicht bearbeiten.',
    },
  },
};
